"""What a character has is told, and a first rig file made from its names drives it as the canonical rig would."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigdriver import rig as rigs
from rigdriver.channel import Channel
from rigdriver.clip import Clip
from rigdriver.errors import InputError, OutputError, SettingsError
from rigdriver.formats import gltf
from rigdriver.layers.retarget import Retarget, ToArkit
from rigdriver.resources import HEAD
from rigdriver.rigging.character import Character, Mesh, look
from rigdriver.rigging.inspection import Inspection
from rigdriver.rigging.mapping import mapped
from rigdriver.rigging.recognition import likenesses
from rigdriver.rigging.rigtext import Drawn, check_place, text
from rigdriver.spelling import words
from rigdriver.stage import run
from rigdriver.wiring import Wiring
from tests.glb_builder import Builder, face
from tests.helpers import waves
from tests.rigging import heads

DATA = Path(os.environ.get("RIGDRIVER_DATA", Path(__file__).parents[3] / "shared" / "data"))
WEIGHTS = rigs.canonical().weights
CURVES = tuple(rigs.load("arkit52").names)


def snake(name: str) -> str:
    return "_".join(words(name))


def side_first(name: str) -> str:
    for side in ("Left", "Right"):
        if name.endswith(side) and rigs.canonical()[name].side:
            return f"{side[0]}_{name.removesuffix(side)}"
    return name


RENAMED = {"prefixed": "hero_{}".format, "snake, prefixed": lambda name: f"Hero_Face_{snake(name)}",
           "pathed": "Head.M_{}".format, "suffixed": "{}_BS".format, "sides first": side_first,
           "upper": lambda name: name.upper(), "numbered": "{}_v02".format}


def rig_file(character: Character, folder: Path, known: str | None = None) -> rigs.Rig:
    path = folder / f"{character.path.stem}.yaml"
    path.write_text(text(mapped(character, known)), encoding="utf-8")
    return rigs.load(path)


@pytest.mark.parametrize("way", RENAMED)
@pytest.mark.parametrize("seed", [None, 3])
def test_copies_of_the_built_in_head_are_found_and_driven(tmp_path: Path, way: str, seed: int | None) -> None:
    path = heads.renamed(tmp_path / "hero.glb", RENAMED[way], seed)
    found = Inspection(look(path))
    assert not found.missing and not found.others and found.likely[0].share == 1
    rig = rig_file(look(path), tmp_path)
    assert set(rig.names) >= {RENAMED[way](name) for name in WEIGHTS}
    clip = waves(names=WEIGHTS)
    own = run(Retarget(rig), clip)
    for name in WEIGHTS:
        np.testing.assert_array_equal(own[RENAMED[way](name)], run(Retarget(rigs.canonical()), clip)[name])
    report = gltf.write(own, tmp_path / "out.glb", onto=path)
    assert sum(len(mesh.still) for mesh in report.meshes) == 0 and not report.missing and not report.ambiguous


def test_names_of_the_trade_are_guessed_and_say_so(tmp_path: Path) -> None:
    names = ["mouth_open", "Smile_L", "Smile_R", "lids_closed", "browRaiser_inner", "Kiss", "upperLipRaiser_R",
             "wobble", "antenna"]
    character = look(face(names).write_glb(tmp_path / "toon.glb"))
    written = text(mapped(character))
    rig = rig_file(character, tmp_path)
    assert rig.forward and dict(rig.forward.rows) == {
        "mouth_open": {"jawOpen": 1}, "Smile_L": {"mouthSmileLeft": 1}, "Smile_R": {"mouthSmileRight": 1},
        "lids_closed": {"eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.5}, "browRaiser_inner": {"browInnerUp": 1},
        "Kiss": {"mouthPucker": 1}, "upperLipRaiser_R": {"mouthUpperUpRight": 1}}
    assert written.count("a guess") >= 7
    assert "#   wobble" in written and "#   antenna" in written and "#   tongueOut" in written


def test_what_is_ambiguous_or_nameless_is_not_lost(tmp_path: Path) -> None:
    path = face(["JAW_OPEN", "Jaw_Open", "", "mouthClose"]).write_glb(tmp_path / "two.glb")
    lines = "\n".join(Inspection(look(path)).lines())
    assert "'Jaw_Open' is jawOpen, as another shape of it is" in lines and "1 shapes have no name" in lines
    written = text(mapped(look(path)))
    assert "Jaw_Open, in FaceMesh" in written
    assert rig_file(look(path), tmp_path).names == ("JAW_OPEN", "mouthClose")


@pytest.mark.parametrize("name", ["cc", "vrchat", "metahuman", "ict", "oculus", "readyplayerme_visemes", "microsoft"])
def test_a_character_of_a_known_rig_gets_that_rigs_map(tmp_path: Path, name: str) -> None:
    known = rigs.load(name)
    path = face(["Head." + shape for shape in known.weights]).write_glb(tmp_path / f"{name}.glb")
    assert Inspection(look(path)).likely[0].rig.name == name
    rig = rig_file(look(path), tmp_path)
    clip = waves(names=WEIGHTS)
    ours, theirs = run(Retarget(rig), clip), run(Retarget(known), clip)
    for shape in known.weights:
        if "Head." + shape in rig:
            np.testing.assert_allclose(ours["Head." + shape], theirs[shape], atol=1e-5, err_msg=shape)
        else:
            assert np.ptp(theirs[shape]) == 0, shape
    assert len(rig.names) >= 15


VOWELS = {"aa": "Fcl_MTH_A", "ih": "Fcl_MTH_I", "ou": "Fcl_MTH_U", "ee": "Fcl_MTH_E", "oh": "Fcl_MTH_O",
          "blink": "Fcl_EYE_Close", "happy": "Fcl_ALL_Joy"}
OLD = {"A": "Fcl_MTH_A", "I": "Fcl_MTH_I", "U": "Fcl_MTH_U", "E": "Fcl_MTH_E", "O": "Fcl_MTH_O",
       "Blink": "Fcl_EYE_Close", "Joy": "Fcl_ALL_Joy"}


@pytest.mark.parametrize(("one", "expressions"), [(True, VOWELS), (False, OLD)])
def test_a_vrm_is_mapped_by_its_expressions(tmp_path: Path, one: bool, expressions: dict[str, str]) -> None:
    path = heads.vrm(tmp_path / "hero.vrm", one=one, morphs=[*VOWELS.values(), "Fcl_HA_Fung"], expressions=expressions)
    found = Inspection(look(path))
    assert found.likely[0].rig.name == ("vrm1" if one else "vrm0") and found.character.joints == {"head": "Head"}
    rig = rig_file(look(path), tmp_path)
    open_mouth = Clip(("jawOpen", "mouthLowerDownLeft", "mouthLowerDownRight", "eyeBlinkLeft", "eyeBlinkRight"),
                      np.array([[0.35, 0.4, 0.4, 0.7, 0.7]]), 60)
    shown = run(Retarget(rig), open_mouth)
    assert shown["Fcl_MTH_A"][0] > 0.5 and shown["Fcl_EYE_Close"][0] == pytest.approx(0.7)
    assert "Fcl_ALL_Joy" not in rig and "Fcl_HA_Fung" in text(mapped(look(path)))
    assert gltf.write(shown, tmp_path / "out.vrm", onto=path).meshes[0].driven


def test_a_face_that_is_whole_moves_its_mouth_once(tmp_path: Path) -> None:
    path = face([*CURVES, *rigs.load("readyplayerme").of_region("visemes")]).write_glb(tmp_path / "rpm.glb")
    rig = rig_file(look(path), tmp_path)
    shown = run(Retarget(rig), waves(names=WEIGHTS))
    moving = {name for name in rig.names if np.ptp(shown[name]) > 0}
    assert moving == set(CURVES)


def test_the_ict_head() -> None:
    source = DATA / "ict_facekit" / "ict_arkit_shapes.npz"
    if not source.is_file():
        pytest.skip(f"needs {source}; set RIGDRIVER_DATA to the folder of the test data")
    names = tuple(str(name) for name in np.load(source)["names"])
    character = Character(Path("ict.glb"), "a glTF character", (Mesh("ict", names),), {"head": "Head"})
    found = Inspection(character)
    assert found.missing == ["tongueOut"] and found.likely[0].rig.name == "ict" and found.likely[0].share == 1
    assert set(found.others) == {"PupilDilate_L", "PupilDilate_R", "cheekRaiser_L", "cheekRaiser_R"}
    drawn = mapped(character)
    assert len(drawn.channels) == 53 + 3
    assert dict(drawn.leftover)["ARKit's curves that no shape of this character shows"] == ("tongueOut",)


@pytest.mark.parametrize(("name", "content", "kind", "shapes"), [
    ("a.csv", "time_s,JawOpen,Mouth_Close\n0,0,0\n0.1,1,0\n0.2,1,0\n", "a table of curves", ("JawOpen", "Mouth_Close")),
    ("u.anim", "%YAML 1.1\n--- !u!74 &7400000\nAnimationClip:\n  m_FloatCurves:\n  - curve:\n    attribute: "
               "blendShape.jawOpen\n    path: Body/Face\n    classID: 137\n  - curve:\n    attribute: "
               "blendShape.jaw Left\n    path: Body/Face\n", "a Unity animation", ("jawOpen", "jaw Left")),
    ("m.anim", "animVersion 1.1;\nmayaVersion 2020;\nanim jawOpen jawOpen blendShape1 0 0 0;\nanimData {\n}\n"
               "anim mouthClose mouthClose blendShape1 0 0 1;\n", "a Maya animation", ("jawOpen", "mouthClose")),
])
def test_takes_are_looked_into(tmp_path: Path, name: str, content: str, kind: str, shapes: tuple[str, ...]) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    found = look(tmp_path / name)
    assert found.kind == kind and found.targets == shapes
    with pytest.raises(InputError, match="a map is made for a character"):
        mapped(found)


def test_a_usd_stage_is_looked_into(tmp_path: Path) -> None:
    pytest.importorskip("pxr")
    (tmp_path / "a.usda").write_text(
        '#usda 1.0\ndef Mesh "Face" {\n  uniform token[] skel:blendShapes = ["jawOpen", "mouthClose"]\n}\n')
    assert look(tmp_path / "a.usda").targets == ("jawOpen", "mouthClose")
    (tmp_path / "b.usda").write_text("#usda 1.0\ndef Mesh {{{")
    with pytest.raises(InputError, match="USD"):
        look(tmp_path / "b.usda")


@pytest.mark.parametrize(("name", "content", "says"), [
    ("a.fbx", b"Kaydara FBX Binary", "in Blender: File > Import > FBX"),
    ("a.anim", b"nothing", "neither a Unity nor a Maya"),
    ("a.anim", b"\xff\xfe\xfd", "UTF-8"),
    ("a.glb", b"glTF", "not a GLB"),
    ("a.xyz", b"", "end in .xyz"),
])
def test_what_cannot_be_looked_into_says_why(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as raised:
        look(tmp_path / name)
    assert says in str(raised.value) and "\n" not in str(raised.value)


def test_nothing_to_drive_and_nothing_told(tmp_path: Path) -> None:
    builder = Builder()
    builder.node("Box", mesh=builder.mesh("Box"))
    with pytest.raises(InputError, match="no morph target"):
        look(builder.write_glb(tmp_path / "box.glb"))
    with pytest.raises(InputError, match="rig solve"):
        mapped(look(face(["shape1", "shape2"]).write_glb(tmp_path / "mute.glb")))
    with pytest.raises(SettingsError, match="did you mean 'vrm1'"):
        mapped(look(HEAD), "vrm2")


def test_edits_of_a_user_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "hero.yaml").write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        check_place(tmp_path / "hero.yaml", False)
    check_place(tmp_path / "hero.yaml", True)
    with pytest.raises(OutputError, match=r"ends in \.yaml"):
        check_place(tmp_path / "hero.txt", False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6, unique=True), st.floats(-1e4, 1e4))
def test_any_name_and_number_is_read_back_as_it_was(tmp_path_factory, names: list[str], weight: float) -> None:
    drawn = Drawn("own", "any", ("a head",), tuple(Channel(name, low=-1e5, high=1e5) for name in names),
                  Wiring({name: {"jawOpen": weight} for name in names}), leftover=(("left", tuple(names)),))
    path = tmp_path_factory.mktemp("rig") / "own.yaml"
    path.write_text(text(drawn), encoding="utf-8", errors="surrogatepass")
    rig = rigs.load(path)
    assert rig.names == tuple(names)
    assert rig.forward and all(row["jawOpen"] == pytest.approx(weight, abs=1e-6) for row in rig.forward.rows.values())


def test_every_rig_is_recognised_by_its_own_names() -> None:
    for name in rigs.available():
        if name not in ("arkit", "reference", "facegood"):
            assert likenesses(rigs.load(name).weights)[0].rig.weights == rigs.load(name).weights, name


def test_a_map_reads_back_what_it_wrote(tmp_path: Path) -> None:
    rig = rig_file(look(HEAD), tmp_path)
    clip = waves(names=WEIGHTS)
    np.testing.assert_allclose(run(ToArkit(rig), run(Retarget(rig), clip)).pick(WEIGHTS).values[:, :16],
                               clip.values[:, :16], atol=1e-6)
