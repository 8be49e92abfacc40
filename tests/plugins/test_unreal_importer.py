"""Folders of files become Animation Sequences, on a stand-in that holds us to Unreal's real signatures."""

import ast
import json
import runpy
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from rigdriver.clip import Clip
from rigdriver.formats import livelink_csv
from rigdriver.rig import canonical
from tests.plugins.conftest import UNREAL, VERSIONS

SKELETON, MESH, DESTINATION = "/Game/Hero/SK_Hero", "/Game/Hero/SKM_Hero", "/Game/Takes"
METAHUMAN = ("CTRL_expressions_jawOpen", "CTRL_expressions_browDownL", "CTRL_expressions_tongueOut", "HeadYaw")
every_version = pytest.mark.parametrize("version", VERSIONS, ids=lambda v: f"{v[0]}.{v[1]}")


def hero(unreal: Any, morphs: tuple[str, ...] = (), curves: tuple[str, ...] = ()) -> Any:
    """A character in the content browser: a skeleton with curves, and a mesh with morph targets where it has any."""
    skeleton = unreal.Skeleton()
    skeleton.path = SKELETON
    skeleton.curves = {name.lower(): [name, False] for name in curves}
    unreal.desk.content[SKELETON] = skeleton
    if morphs:
        mesh = unreal.SkeletalMesh(morphs)
        mesh.path, mesh.values["skeleton"] = MESH, skeleton
        unreal.desk.content[MESH] = mesh
    return skeleton


def take(folder: Path, name: str = "hello.json", fps: object = 60, **curves: list[float]) -> Path:
    path = folder / name
    path.write_text(json.dumps({"fps": fps, "curves": curves}))
    return path


def sequence(unreal: Any, name: str = "AS_hello", package: str = DESTINATION) -> Any:
    return unreal.desk.content[f"{package}/{name}"]


def keys(unreal: Any, curve: str, name: str = "AS_hello") -> list[tuple[float, float]]:
    return sequence(unreal, name).curves[curve.lower()][1]


def value_at(time: float, pairs: list[tuple[float, float]]) -> float:
    return float(np.interp(time, [key[0] for key in pairs], [key[1] for key in pairs]))


@every_version
def test_a_take_becomes_a_sequence_of_its_rate_and_length(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen", "MouthSmile_L"))
    path = take(tmp_path, jawOpen=[0.0, 0.5, 1.0, 0.25], mouthSmileLeft=[0.0, 0.1, 0.0, 0.7])
    report = importer.import_files([path], MESH, destination=DESTINATION, tolerance=0)
    made = sequence(unreal)
    assert report.summary() == "1 made" and not report.entries[0].missing
    assert (made.rate, made.frames, made.saved) == (Fraction(60), 3, True)
    assert set(made.curves) == {"jawopen", "mouthsmile_l"}, "curves are named as the mesh names its shapes"
    for k, value in enumerate([0.0, 0.1, 0.0, 0.7]):
        assert value_at(k / 60, keys(unreal, "MouthSmile_L")) == pytest.approx(value)
    assert made.values["skeleton"] is unreal.desk.content[SKELETON]


@every_version
def test_a_metahuman_gets_its_own_curves_and_nothing_that_only_sounds_alike(
    unreal: Any, importer: ModuleType, tmp_path: Path, version: tuple[int, int]
) -> None:
    hero(unreal, curves=METAHUMAN)
    curves = {"CTRL_expressions_jawOpen": [0.0, 1.0], "CTRL_expressions.browDownL": [0.5, 0.5],
              "CTRL_expressions_mouthNewShape": [0.0, 1.0], "jawOpen": [1.0, 0.0]}  # fmt: skip
    report = importer.import_files([take(tmp_path, **curves)], SKELETON, destination=DESTINATION)
    entry = report.entries[0]
    assert {"ctrl_expressions_jawopen", "ctrl_expressions_browdownl"} <= set(sequence(unreal).curves)
    if version >= (5, 7) or version < (5, 3):  # between them the skeleton's curves are out of Python's sight
        assert set(sequence(unreal).curves) == {"ctrl_expressions_jawopen", "ctrl_expressions_browdownl"}
        assert entry.missing == ["CTRL_expressions_mouthNewShape", "jawOpen"]
        assert entry.silent == ["CTRL_expressions_tongueOut"]
        assert any("mouthNewShape" in text for level, text in unreal.desk.lines if level == "warning")
    else:
        assert any("none could be checked" in note for note in entry.notes)


@every_version
def test_a_metahuman_by_its_face_mesh(
    unreal: Any, importer: ModuleType, tmp_path: Path, version: tuple[int, int]
) -> None:
    """The mesh has morph targets of its own that no file should drive, whether or not the skeleton tells its curves."""
    hero(unreal, ("head_lod0_mesh__jawOpen", "jawOpen"), METAHUMAN)
    report = importer.import_files([take(tmp_path, CTRL_expressions_jawOpen=[0.0, 1.0])], MESH, destination=DESTINATION)
    assert report.summary() == "1 made", report.entries[0].error
    assert set(sequence(unreal).curves) == {"ctrl_expressions_jawopen"}


def test_a_metahumans_file_on_another_character(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen",), ("jawOpen",))
    path = take(tmp_path, CTRL_expressions_browDownL=[0.0, 1.0])
    report = importer.import_files([path], MESH, destination=DESTINATION)
    assert "name the skeleton" in report.entries[0].error
    assert importer.import_files([path], SKELETON, destination=DESTINATION).summary() == "1 made"


def test_arkit_curves_on_a_metahuman_are_refused_with_a_way_out(
    unreal: Any, importer: ModuleType, tmp_path: Path
) -> None:
    hero(unreal, curves=METAHUMAN)
    report = importer.import_files([take(tmp_path, jawOpen=[0.0, 1.0])], SKELETON, destination=DESTINATION)
    assert report.summary() == "1 failed" and "rigdriver convert" in report.entries[0].error
    assert f"{DESTINATION}/AS_hello" not in unreal.desk.content


@pytest.mark.parametrize(("fps", "kept"), [(60, 60), (30, 30), (15, 15), (24, 30), (25, 30), ([30000, 1001], 30)])
def test_a_rate_that_unreal_refuses_keeps_every_key_on_its_time(
    unreal: Any, importer: ModuleType, tmp_path: Path, fps: object, kept: int
) -> None:
    hero(unreal, ("jawOpen",))
    values = np.random.default_rng(3).random(50).tolist()
    report = importer.import_files([take(tmp_path, fps=fps, jawOpen=values)], MESH, destination=DESTINATION,
                                   tolerance=0)  # fmt: skip
    rate = Fraction(*fps) if isinstance(fps, list) else Fraction(fps)  # type: ignore[arg-type]
    made, last = sequence(unreal), float(49 / rate)
    assert made.rate == kept
    assert (made.frames - 1) / kept < last <= made.frames / kept + 1e-6, "the sequence holds the last key"
    assert value_at(last, keys(unreal, "jawOpen")) == pytest.approx(values[-1])
    assert value_at(float(7 / rate), keys(unreal, "jawOpen")) == pytest.approx(values[7])
    assert bool(report.entries[0].notes) == (rate != kept)
    assert not [line for line in unreal.desk.lines if line[0] == "error"], "Unreal was never asked for what it refuses"


def test_what_is_there_is_skipped_replaced_or_updated(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen", "mouthFunnel", "browInnerUp"))
    importer.import_files([take(tmp_path, jawOpen=[0.0, 1.0], mouthFunnel=[1.0, 0.0])], MESH, destination=DESTINATION)
    take(tmp_path, jawOpen=[0.0, 0.5, 0.0, 0.5])
    paths = [tmp_path / "hello.json"]
    assert importer.import_files(paths, MESH, destination=DESTINATION).summary() == "1 skipped"
    assert len(keys(unreal, "jawOpen")) == 2

    sequence(unreal).curves["byhand"] = ("byHand", [(0.0, 1.0)])
    assert importer.import_files(paths, MESH, destination=DESTINATION, existing="update").summary() == "1 updated"
    assert set(sequence(unreal).curves) == {"jawopen", "mouthfunnel", "byhand"} and len(keys(unreal, "jawOpen")) == 4

    take(tmp_path, jawOpen=[0.0, 1.0])
    assert importer.import_files(paths, MESH, destination=DESTINATION, existing="replace").summary() == "1 replaced"
    assert set(sequence(unreal).curves) == {"jawopen"} and sequence(unreal).frames == 1
    assert sequence(unreal).bones == ["head"], "bone tracks are not ours to take"


def test_an_update_never_shortens(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen",))
    importer.import_files([take(tmp_path, jawOpen=[0.0] * 61)], MESH, destination=DESTINATION)
    importer.import_files([take(tmp_path, jawOpen=[0.0, 1.0])], MESH, destination=DESTINATION, existing="update")
    assert sequence(unreal).frames == 60


def test_another_asset_of_that_name_is_left_alone(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen",))
    other = unreal.SkeletalMesh()
    unreal.desk.content[f"{DESTINATION}/AS_hello"] = other
    report = importer.import_files([take(tmp_path, jawOpen=[0.0])], MESH, destination=DESTINATION, existing="replace")
    assert "no Animation Sequence" in report.entries[0].error and sequence(unreal) is other


def test_a_sequence_of_another_skeleton_is_left_alone(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen",))
    importer.import_files([take(tmp_path, jawOpen=[0.0, 1.0])], MESH, destination=DESTINATION)
    sequence(unreal).values["skeleton"] = unreal.Skeleton()
    report = importer.import_files([tmp_path / "hello.json"], MESH, destination=DESTINATION, existing="replace")
    assert "on the skeleton" in report.entries[0].error and len(keys(unreal, "jawOpen")) == 2


def test_a_folder_keeps_its_shape_and_one_bad_file_stops_nothing(
    unreal: Any, importer: ModuleType, tmp_path: Path
) -> None:
    hero(unreal, ("jawOpen",))
    (tmp_path / "act 1").mkdir()
    take(tmp_path / "act 1", "line-01.json", jawOpen=[0.0, 1.0])
    take(tmp_path, "b.json", jawOpen=[0.0, 1.0])
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "notes.txt").write_text("not ours")
    take(tmp_path, "b!.json", jawOpen=[1.0, 1.0])
    report = importer.import_folder(tmp_path, MESH, destination=DESTINATION)
    assert set(unreal.desk.content) >= {f"{DESTINATION}/act_1/AS_line_01", f"{DESTINATION}/AS_b"}
    assert report.summary() == "2 made, 2 failed"
    errors = {entry.file: entry.error for entry in report.failed}
    assert "JSON" in errors["a.json"] and "rename" in errors["b.json"]
    assert importer.import_folder(tmp_path, MESH, recursive=False, destination="/Game/Flat").summary() == \
        "1 made, 2 failed"  # fmt: skip


def test_one_undo_step_and_one_progress_bar_for_all(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen", "mouthFunnel"))
    for k in range(5):
        take(tmp_path, f"{k}.json", jawOpen=[0.0, 1.0], mouthFunnel=[0.5, 0.0])
    importer.import_folder(tmp_path, MESH, destination=DESTINATION)
    assert len(unreal.desk.transactions) == 1
    assert unreal.desk.transactions[0].count("keys of jawOpen") == 5
    assert unreal.desk.progress == [f"{k}.json" for k in range(5)]


def test_cancelling_keeps_what_is_done(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen",))
    for k in range(5):
        take(tmp_path, f"{k}.json", jawOpen=[0.0, 1.0])
    unreal.desk.cancel_after = 2
    report = importer.import_folder(tmp_path, MESH, destination=DESTINATION)
    assert report.cancelled and report.summary() == "2 made, then cancelled"


def test_a_curve_costs_one_call_however_long_it_is(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen",))
    values = np.random.default_rng(0).random(2000).tolist()
    importer.import_files([take(tmp_path, jawOpen=values)], MESH, destination=DESTINATION)
    assert unreal.desk.calls.count("AnimSequencerController.set_curve_keys") == 1


def test_two_meshes_are_driven_by_one_sequence(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    skeleton = hero(unreal, ("jawOpen", "mouthSmile_L"))
    teeth = unreal.SkeletalMesh(("Teeth_jawOpen", "jawopen"))
    teeth.path, teeth.values["skeleton"] = "/Game/Hero/SKM_Teeth", skeleton
    unreal.desk.content[teeth.path] = teeth
    path = take(tmp_path, jawOpen=[0.0, 1.0], mouthSmileLeft=[0.0, 1.0])
    importer.import_files([path], [MESH, teeth.path], destination=DESTINATION)
    assert set(sequence(unreal).curves) == {"jawopen", "mouthsmile_l"}

    teeth.values["skeleton"] = unreal.Skeleton()
    with pytest.raises(Exception, match="different skeletons"):
        importer.import_files([path], [MESH, teeth.path])


@every_version
def test_curves_of_a_plain_mesh_drive_its_morph_targets(
    unreal: Any, importer: ModuleType, tmp_path: Path, version: tuple[int, int]
) -> None:
    skeleton = hero(unreal, ("jawOpen", "cheekPuff"))
    report = importer.import_files([take(tmp_path, jawOpen=[0.0, 1.0])], MESH, destination=DESTINATION)
    if version >= (5, 7):
        assert skeleton.curves == {"jawopen": ["jawOpen", True]} and skeleton.saved and not report.notes
    else:
        assert "Morph Target" in report.notes[0]


@every_version
def test_live_link_face_recordings(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    """As rigdriver writes them, and the values are those that it wrote."""
    names = canonical().names[:52]
    hero(unreal, tuple(name[0].upper() + name[1:] for name in names))
    clip = Clip(names, np.random.default_rng(1).random((40, 52)).astype(np.float32), Fraction(60))
    livelink_csv.write(clip, tmp_path / "hello.csv")
    report = importer.import_files([tmp_path / "hello.csv"], MESH, destination=DESTINATION, tolerance=0)
    assert report.summary() == "1 made" and not report.entries[0].missing and len(report.entries[0].angles) == 9
    for name in ("jawOpen", "jawLeft", "jawRight", "mouthLeft", "tongueOut"):
        for k in (0, 7, 39):
            assert value_at(k / 60, keys(unreal, name)) == pytest.approx(float(clip[name][k]), abs=1e-6)


def test_counts_of_a_hundred_are_noticed_and_can_be_scaled(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen",))
    path = take(tmp_path, jawOpen=[0.0, 87.0])
    assert any("0..100" in note for note in
               importer.import_files([path], MESH, destination=DESTINATION).entries[0].notes)  # fmt: skip
    importer.import_files([path], MESH, destination="/Game/Scaled", scale=0.01)
    scaled = unreal.desk.content["/Game/Scaled/AS_hello"].curves["jawopen"][1]
    assert scaled[-1][1] == pytest.approx(0.87)


def test_a_package_that_cannot_be_saved_is_a_failure(unreal: Any, importer: ModuleType, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen",))
    unreal.desk.refuse_saving.add(f"{DESTINATION}/AS_hello")
    report = importer.import_files([take(tmp_path, jawOpen=[0.0, 1.0])], MESH, destination=DESTINATION)
    assert report.summary() == "1 failed" and "saved" in report.entries[0].error


@pytest.mark.parametrize(("target", "words"), [("/Game/None", "no asset"), (DESTINATION, "neither")])
def test_a_target_that_is_none(unreal: Any, importer: ModuleType, target: str, words: str) -> None:
    unreal.desk.content[DESTINATION] = unreal.AnimSequence()
    with pytest.raises(Exception, match=words):
        importer.import_files([], target)


@pytest.mark.parametrize("wrong", [{"existing": "maybe"}, {"destination": "Takes"}, {"tolerance": -1}, {"fps": 0}])
def test_settings_that_make_no_sense(unreal: Any, importer: ModuleType, wrong: dict[str, Any]) -> None:
    hero(unreal, ("jawOpen",))
    with pytest.raises(ValueError):
        importer.import_files([], MESH, **wrong)


# ---- the command line, the menu, the window


def run_script(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["rigdriver_import.py", *arguments])
    runpy.run_path(str(UNREAL / "rigdriver_import.py"), run_name="__main__")


def test_the_commandlet(unreal: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hero(unreal, ("jawOpen",))
    take(tmp_path, jawOpen=[0.0, 1.0])
    told = tmp_path / "out" / "report.json"
    told.parent.mkdir()
    arguments = ["--folder", str(tmp_path), "--target", MESH, "--destination", DESTINATION, "--flat",
                 "--report", str(told), "--prefix", "A_", "--fps", "30"]  # fmt: skip
    run_script(arguments, monkeypatch)
    assert sequence(unreal, "A_hello").rate == 30 and json.loads(told.read_text())["summary"] == "1 made"

    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(RuntimeError, match="1 failed"):
        run_script(arguments, monkeypatch)


def test_the_menu_opens_the_window(unreal: Any, tmp_path: Path) -> None:
    hero(unreal, ("jawOpen",))
    take(tmp_path, jawOpen=[0.0, 1.0], unknownShape=[0.0, 1.0])
    runpy.run_path(str(UNREAL / "init_unreal.py"))
    entries = unreal.desk.menus["LevelEditor.MainMenu.Tools"]
    assert set(unreal.desk.menus) > {"ContentBrowser.AssetContextMenu.SkeletalMesh"} and len(entries) == 1

    def answer(shown: Any) -> bool:
        assert shown.get_editor_property("mesh") is unreal.desk.content[MESH], "what is selected is filled in"
        shown.get_editor_property("folder").path = str(tmp_path)
        shown.set_editor_property("destination", DESTINATION)
        return True

    unreal.desk.selected, unreal.desk.answers = [unreal.desk.content[MESH]], answer
    exec(entries[0].command, {})
    assert "1 made" in unreal.desk.messages[0] and "unknownShape" in unreal.desk.messages[0]
    assert f"{DESTINATION}/AS_hello" in unreal.desk.content

    unreal.desk.answers = lambda shown: False
    exec(entries[0].command, {})
    assert len(unreal.desk.messages) == 1, "a window that was closed does nothing"


def test_only_python_3_9_is_asked_for() -> None:
    for path in UNREAL.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 9))


def test_the_stand_in_holds_us_to_the_signatures(unreal: Any) -> None:
    """It can fail: each of these is a mistake that public scripts make."""
    controller = unreal.AnimSequence().get_editor_property("controller")
    float_curve = unreal.RawCurveTrackTypes.RCT_FLOAT
    with pytest.raises(TypeError, match="FrameNumber"):
        controller.set_number_of_frames(30)
    with pytest.raises(TypeError, match="unexpected keyword"):
        controller.open_bracket(description="x")
    with pytest.raises(TypeError, match="required argument"):
        controller.open_bracket()
    with pytest.raises(TypeError, match="takes at most 0"):
        unreal.AnimationCurveIdentifier("jawOpen", float_curve)
    with pytest.raises(TypeError):
        unreal.AnimationLibrary.does_curve_exist(None, 3, float_curve)
    with pytest.raises(Exception, match="Failed to find property"):
        unreal.AnimSequence().get_editor_property("data_controller")
    with pytest.raises(AttributeError):
        unreal.AnimationBlueprintLibrary  # noqa: B018  # Python knows it as AnimationLibrary
