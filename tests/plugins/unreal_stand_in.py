"""A stand-in for the `unreal` module that holds callers to the recorded signatures of a version.

Wrong names, missing or surplus arguments and wrong types raise TypeError, unknown calls AttributeError, and unknown or
read-only properties Exception, as in Unreal. Assets live in `content` by path; `log` has what was logged. What a call
does is what the engine's sources say of it: a sequence keeps its frame rate unless the new one is a multiple or a part
of it, keys go only onto curves that are there, names know no case, brackets and transactions must be closed.
"""

import re
import types
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests.plugins import unreal_api as api

ENUMS = {
    "RawCurveTrackTypes": ("RCT_FLOAT", "RCT_VECTOR", "RCT_TRANSFORM"), "AppMsgType": ("OK", "YES_NO"),
    "MultiBlockType": ("NONE", "MENU_ENTRY"), "ToolMenuStringCommandType": ("COMMAND", "PYTHON", "CUSTOM"),
    "AppReturnType": ("NO", "OK"), "AppMsgCategory": ("WARNING",), "ToolMenuInsertType": ("DEFAULT",),
    "RichCurveInterpMode": ("RCIM_LINEAR", "RCIM_CONSTANT", "RCIM_CUBIC"), "RichCurveTangentMode": ("RCTM_AUTO",),
    "RichCurveTangentWeightMode": ("RCTWM_WEIGHTED_NONE",),
}  # fmt: skip


class Name(str):
    """An FName: equal without case."""

    __hash__ = str.__hash__


class Parameter:
    """One argument of a recorded signature."""

    def __init__(self, text: str):
        head, _, default = text.partition("=")
        self.name, self.type = (part.strip() for part in head.split(":"))
        self.required = not default
        self.default = {"True": True, "False": False, "None": None, "''": ""}.get(default.strip(), default.strip())
        if default and re.fullmatch(r"[-\d.]+", default.strip()):
            self.default = float(default) if "." in default else int(default)


def parameters(text: str) -> list[Parameter]:
    inside = text[text.index("(") + 1 : text.rindex(")")]
    return [Parameter(part) for part in inside.split(",") if part.strip()]


class Unreal(types.ModuleType):
    """The module of one version; what tests ask of it has no counterpart in Unreal and stands in `desk`."""

    def __init__(self, version: tuple[int, int]):
        super().__init__("unreal")
        self.desk = Desk(version)
        for name, members in ENUMS.items():
            enum = type(name, (), {})
            for member in members:
                setattr(enum, member, enum())
            setattr(self, name, enum)
        for name, kind in classes(self).items():
            setattr(self, name, kind)
        self.log = lambda text: self.desk.say("log", text)
        self.log_warning = lambda text: self.desk.say("warning", text)
        self.log_error = lambda text: self.desk.say("error", text)
        self.new_object = lambda kind: kind()
        self.uproperty = lambda kind, meta=None: Property(kind)
        self.uclass = lambda: declare


class Desk:
    """The state behind the module."""

    def __init__(self, version: tuple[int, int]):
        self.version = version
        self.content: dict[str, Any] = {}
        self.lines: list[tuple[str, str]] = []
        self.transactions: list[list[str]] = []
        self.in_transaction = 0
        self.brackets = 0
        self.progress: list[str] = []
        self.cancel_after: int | None = None
        self.menus: dict[str, list[Any]] = {}
        self.selected: list[Any] = []
        self.answers: Callable[[Any], bool] = lambda shown: False
        self.messages: list[str] = []
        self.refuse_saving: set[str] = set()
        self.calls: list[str] = []

    def say(self, level: str, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError("log() takes a str")
        self.lines.append((level, text))

    def changed(self, what: str, should_transact: bool) -> None:
        """A change to an asset; those with undo land in the open transaction."""
        if should_transact and self.in_transaction:
            self.transactions[-1].append(what)
        elif should_transact:
            self.transactions.append([what])


class Property:
    def __init__(self, kind: Any):
        self.kind = kind


def declare(kind: type) -> type:
    """`@unreal.uclass()`: fields that were declared become editor properties."""
    fields = {name: value.kind for name, value in vars(kind).items() if isinstance(value, Property)}
    blank = {str: "", float: 0.0, bool: False, int: 0}

    def start(self: Any) -> None:
        self.values = {name: blank.get(field, field() if field.__name__ == "DirectoryPath" else None)
                       for name, field in fields.items()}  # fmt: skip

    kind.__init__ = start  # type: ignore[misc]
    kind.editable = dict.fromkeys(fields, "write")  # type: ignore[attr-defined]
    return kind


def call(unreal: Unreal, owner: str, signature: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` behind the recorded signature: arguments by place or by name, converted as Unreal converts them."""
    method = signature.split("(")[0].replace("static", "").strip()
    wanted = parameters(signature)
    is_static = signature.startswith("static")

    function = getattr(function, "__func__", function)  # before 3.10 a bare static method cannot be called

    def checked(*arguments: Any, **named: Any) -> Any:
        own, given = ((), arguments) if is_static else (arguments[:1], arguments[1:])
        unreal.desk.calls.append(f"{owner}.{method}")
        return function(*own, *bound(unreal, f"{owner}.{method}", wanted, given, named))

    return staticmethod(checked) if is_static else checked


def bound(unreal: Unreal, where: str, wanted: list[Parameter], given: tuple[Any, ...], named: dict[str, Any]) -> list:
    if len(given) > len(wanted):
        raise TypeError(f"{where}() takes at most {len(wanted)} arguments ({len(given)} given)")
    names = [parameter.name for parameter in wanted]
    for name in named:
        if name not in names:
            raise TypeError(f"{where}() got an unexpected keyword argument {name!r}")
        if name in names[: len(given)]:
            raise TypeError(f"{where}() got multiple values for argument {name!r}")
    values = []
    for place, parameter in enumerate(wanted):
        if place < len(given) or parameter.name in named:
            value = given[place] if place < len(given) else named[parameter.name]
            values.append(converted(unreal, value, parameter.type, f"{where}: parameter {parameter.name!r}"))
        elif parameter.required:
            raise TypeError(f"{where}(): required argument {parameter.name!r} (pos {place + 1}) not found")
        else:
            values.append(parameter.default)
    return values


def converted(unreal: Unreal, value: Any, kind: str, where: str) -> Any:
    wrong = TypeError(f"{where}: cannot convert {type(value).__name__} to {kind}")
    if kind.startswith("Array["):
        if not isinstance(value, (list, tuple)):
            raise wrong
        return [converted(unreal, item, kind[6:-1], where) for item in value]
    if kind in ("Name", "Text", "str"):
        if not isinstance(value, str):
            raise wrong
        return Name(value) if kind == "Name" else value
    if kind == "bool":
        if not isinstance(value, bool):
            raise wrong
        return value
    if kind in ("int", "float"):
        if isinstance(value, bool) or not isinstance(value, int if kind == "int" else (int, float)):
            raise wrong
        return value
    if kind == "Class":
        if not isinstance(value, type):
            raise wrong
        return value
    expected = getattr(unreal, kind, None)
    may_be_none = expected is not None and issubclass(expected, unreal.Object)
    if not ((value is None and may_be_none) or (expected is not None and isinstance(value, expected))):
        raise wrong
    return value


def classes(unreal: Unreal) -> dict[str, type]:
    """Every class, its methods behind the recorded signatures of the desk's version."""
    desk = unreal.desk
    made = bodies(unreal)
    for owner, text in api.SIGNATURES.items():
        for signature in filter(None, map(str.strip, re.sub(r",\n\s+", ", ", text).splitlines())):
            method = signature.split("(")[0].replace("static", "").strip()
            full = f"{owner}.{method}"
            function = vars(made[owner]).get(f"_{method}")
            if desk.version < api.SINCE.get(full, (5, 0)) or desk.version >= api.UNTIL.get(full, (9, 0)):
                continue
            assert function is not None, f"the stand-in lacks {full}"
            setattr(made[owner], method, call(unreal, owner, signature, function))
    for owner, signature in api.CONSTRUCTORS.items():
        old = owner == "RichCurveKey" and desk.version < api.MODES_VISIBLE
        text = api.OLD_RICH_CURVE_KEY if old else signature
        made[owner].__init__ = constructor(unreal, owner, text)  # type: ignore[misc]
    return made


def constructor(unreal: Unreal, owner: str, signature: str) -> Callable[..., None]:
    wanted = parameters(signature)

    def start(self: Any, *given: Any, **named: Any) -> None:
        for parameter, value in zip(wanted, bound(unreal, owner, wanted, given, named)):
            object.__setattr__(self, parameter.name, value)
        begin = getattr(self, "_begin", None)
        if begin:
            begin()

    return start


def bodies(unreal: Unreal) -> dict[str, type]:  # one room of small classes: the engine's part that the importer meets
    desk = unreal.desk

    class Object:
        editable: dict[str, str] = {}  # noqa: RUF012

        def __init__(self) -> None:
            self.values: dict[str, Any] = {}
            self.path = ""
            self.saved = False

        def get_editor_property(self, name: str) -> Any:
            if name not in self.editable:
                raise Exception(f"{type(self).__name__}: Failed to find property {name!r} for attribute {name!r}")
            return self.values.get(name)

        def set_editor_property(self, name: str, value: Any) -> None:
            if self.editable.get(name) != "write":
                raise Exception(f"{type(self).__name__}: property {name!r} is unknown or read-only")
            self.values[name] = value

        def get_path_name(self) -> str:
            return f"{self.path}.{self.path.rsplit('/', 1)[-1]}"

    class Struct:
        pass

    class Skeleton(Object):
        def __init__(self) -> None:
            super().__init__()
            self.curves: dict[str, list[Any]] = {}  # name in lower case: its spelling, drives a morph target

        def _get_curve_identifiers(self, curve_type: Any) -> list:
            if desk.version >= api.CURVES_LEFT_THE_SKELETON:
                return []
            return [identifier(spelling) for spelling, _ in self.curves.values()]

        def _get_curve_meta_data_names(self) -> list:
            return [Name(spelling) for spelling, _ in self.curves.values()]

        def _add_curve_meta_data(self, name: str, transact: bool) -> bool:
            if name.lower() in self.curves:
                return False
            desk.changed(f"curve {name} on the skeleton", transact)
            self.curves[name.lower()] = [name, False]
            return True

        def _get_curve_meta_data_morph_target(self, name: str) -> bool:
            return self.curves.get(name.lower(), ["", False])[1]

        def _set_curve_meta_data_morph_target(self, name: str, flag: bool) -> None:
            if name.lower() in self.curves:
                self.curves[name.lower()][1] = flag

    class SkeletalMesh(Object):
        editable = api.PROPERTIES["SkeletalMesh"]

        def __init__(self, morphs: tuple[str, ...] = ()) -> None:
            super().__init__()
            self.morphs = morphs

        def _get_all_morph_target_names(self) -> list:
            return list(self.morphs)

    class AnimSequenceBase(Object):
        pass

    class AnimSequence(AnimSequenceBase):
        editable = api.PROPERTIES["AnimSequence"]

        def __init__(self) -> None:
            super().__init__()
            self.curves: dict[str, tuple[str, list]] = {}
            self.rate, self.frames = Fraction(30), 1
            self.bones = ["head"]
            self.values["controller"] = AnimSequencerController(self)

    class AnimationDataModel(Object):
        def __init__(self, sequence: Any) -> None:
            super().__init__()
            self.sequence = sequence

        def _get_frame_rate(self) -> Any:
            rate = self.sequence.rate
            return unreal.FrameRate(rate.numerator, rate.denominator)

        def _get_number_of_frames(self) -> int:
            return self.sequence.frames

    class AnimSequencerController(Object):
        def __init__(self, sequence: Any) -> None:
            super().__init__()
            self.sequence = sequence

        def _open_bracket(self, title: str, transact: bool) -> None:
            desk.brackets += 1
            desk.changed("bracket", transact)

        def _close_bracket(self, transact: bool) -> None:
            if not desk.brackets:
                desk.say("error", "Attempt to close bracket that was not previously opened")
            desk.brackets -= 1

        def _set_frame_rate(self, rate: Any, transact: bool) -> None:
            wanted, own = Fraction(rate.numerator, rate.denominator), self.sequence.rate
            if 1 not in ((wanted / own).denominator, (own / wanted).denominator):
                desk.say("error", f"Incompatible frame rate provided: {wanted} not a multiple or factor of {own}")
                return
            desk.changed("frame rate", transact)
            self.sequence.frames = int(self.sequence.frames * wanted / own) or 1
            self.sequence.rate = wanted

        def _set_number_of_frames(self, frames: Any, transact: bool) -> None:
            if frames.value < 1:
                desk.say("error", f"Invalid play length value provided: {frames.value} frames")
                return
            desk.changed("length", transact)
            self.sequence.frames = frames.value

        def _add_curve(self, curve: Any, flags: int, transact: bool) -> bool:
            if not curve.text or curve.text.lower() in self.sequence.curves:
                desk.say("warning", f"Curve {curve.text!r} is invalid or there already")
                return False
            desk.changed(f"curve {curve.text}", transact)
            self.sequence.curves[curve.text.lower()] = (curve.text, [])
            return True

        def _set_curve_keys(self, curve: Any, keys: list, transact: bool) -> bool:
            if curve.text.lower() not in self.sequence.curves:
                desk.say("error", f"Unable to find rich curve: curve name {curve.text}")
                return False
            times = [key.time for key in keys]
            assert times == sorted(set(times)), "keys of a rich curve lie in the order of their times"
            desk.changed(f"keys of {curve.text}", transact)
            spelling = self.sequence.curves[curve.text.lower()][0]
            self.sequence.curves[curve.text.lower()] = (spelling, [(key.time, key.value) for key in keys])
            return True

        def _remove_all_curves_of_type(self, curve_type: Any, transact: bool) -> None:
            desk.changed("no curves", transact)
            if curve_type is unreal.RawCurveTrackTypes.RCT_FLOAT:
                self.sequence.curves.clear()

        def _get_model_interface(self) -> Any:
            return AnimationDataModel(self.sequence)

        def _get_model(self) -> Any:
            return AnimationDataModel(self.sequence)

    class AnimationCurveIdentifier(Struct):
        text = ""

        def _set_curve_identifier(self, name: str, curve_type: Any) -> None:
            self.text = str(name)

        def _get_name(self) -> Any:
            return Name(self.text)

    def identifier(name: str) -> Any:
        made = unreal.AnimationCurveIdentifier()
        made.text = str(name)
        return made

    class AnimationCurveIdentifierExtensions(Object):
        @staticmethod
        def _get_curve_identifier(skeleton: Any, name: str, curve_type: Any) -> Any:
            skeleton.curves.setdefault(name.lower(), [str(name), False])
            return identifier(name)

    class AnimationLibrary(Object):
        @staticmethod
        def _does_curve_exist(sequence: Any, name: str, curve_type: Any) -> bool:
            return name.lower() in sequence.curves

    class Factory(Object):
        pass

    class AnimSequenceFactory(Factory):
        editable = api.PROPERTIES["AnimSequenceFactory"]

    class AssetTools(Object):
        def _create_asset(self, name: str, package: str, kind: type, factory: Any, context: Any) -> Any:
            if f"{package}/{name}" in desk.content or not re.fullmatch(r"\w+", name):
                return None
            asset = kind()
            asset.path = f"{package}/{name}"
            asset.values["skeleton"] = factory.values.get("target_skeleton")
            desk.content[asset.path] = asset
            return asset

    class AssetToolsHelpers(Object):
        @staticmethod
        def _get_asset_tools() -> Any:
            return AssetTools()

    class EditorAssetLibrary(Object):
        @staticmethod
        def _does_asset_exist(path: str) -> bool:
            return path.split(".")[0] in desk.content

        @staticmethod
        def _load_asset(path: str) -> Any:
            return desk.content.get(path.split(".")[0])

        @staticmethod
        def _save_loaded_asset(asset: Any, only_if_dirty: bool) -> bool:
            asset.saved = asset.path not in desk.refuse_saving
            return asset.saved

    class EditorUtilityLibrary(Object):
        @staticmethod
        def _get_selected_assets() -> list:
            return list(desk.selected)

    class EditorDialog(Object):
        @staticmethod
        def _show_message(title: str, message: str, kind: Any, default: Any, category: Any) -> Any:
            desk.messages.append(message)
            return unreal.AppReturnType.OK

        @staticmethod
        def _show_object_details_view(title: str, shown: Any, options: Any) -> bool:
            return desk.answers(shown)

    class ToolMenuEntry(Struct):
        def _set_label(self, label: str) -> None:
            self.label = label

        def _set_tool_tip(self, tip: str) -> None:
            self.tip = tip

        def _set_string_command(self, kind: Any, custom: str, string: str) -> None:
            self.command = string

    class ToolMenu(Object):
        def _add_section(self, name: str, label: Any, insert_name: Any, insert_type: Any) -> None:
            desk.menus.setdefault(self.path, [])

        def _add_menu_entry(self, section: str, entry: Any) -> None:
            desk.menus[self.path].append(entry)

    class ToolMenus(Object):
        @staticmethod
        def _get() -> Any:
            return ToolMenus()

        def _extend_menu(self, name: str) -> Any:
            menu = ToolMenu()
            menu.path = str(name)
            return menu

        def _refresh_all_widgets(self) -> None:
            pass

    class ScopedEditorTransaction:
        def __enter__(self) -> Any:
            desk.in_transaction += 1
            desk.transactions.append([])
            return self

        def __exit__(self, *raised: Any) -> None:
            desk.in_transaction -= 1

    class ScopedSlowTask:
        def __enter__(self) -> Any:
            self.done = 0.0
            return self

        def __exit__(self, *raised: Any) -> None:
            pass

        def _make_dialog(self, can_cancel: bool, in_pie: bool) -> None:
            self.dialog = can_cancel

        def _enter_progress_frame(self, work: float, desc: str) -> None:
            self.done += work
            assert self.done <= self.work + 1e-6, "more work was done than was told"  # type: ignore[attr-defined]
            desk.progress.append(desc)

        def _should_cancel(self) -> bool:
            return desk.cancel_after is not None and len(desk.progress) >= desk.cancel_after

    structs = {name: type(name, (Struct,), {}) for name in ("FrameRate", "FrameNumber", "RichCurveKey", "DirectoryPath",
                                                            "ToolMenuOwner")}  # fmt: skip
    local = {name: kind for name, kind in locals().items() if isinstance(kind, type)}
    return {**local, **structs, "AnimationDataController": AnimSequencerController,
            "EditorDialogLibraryObjectDetailsViewOptions": Struct}
