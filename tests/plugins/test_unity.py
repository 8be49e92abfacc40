"""The Unity package: compiled by mono's compiler as Unity would, assembly by assembly, and run without Unity."""

import itertools
import json
import random
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rigdriver
from rigdriver import rotation, spelling
from rigdriver.clip import Clip
from rigdriver.formats import livelink_csv, table_csv
from rigdriver.rig import canonical
from tests.plugins import mesh_names, unity_metas
from tests.plugins.conftest import PACKAGE, PLUGINS
from tests.plugins.test_unreal_files import BAD, CLIP, SEQUENCE, recording

FULL = {"head": 100, "teeth": 1}  # what FBX and glTFast call fully on
HERO = {"name": "Hero", "children": [
    {"name": "Armature", "children": [{"name": "mixamorig:Neck", "rotation": [0.5, 0.5, -0.5, 0.5], "children": [
        {"name": "mixamorig:Head", "rotation": [0, 0.6, 0, 0.8], "children": [
            {"name": "Eye_L"}, {"name": "RightEye", "rotation": [0.6, 0, 0, 0.8]}]}]}]},
    {"name": "head", "shapes": [["jawOpen", 50, 100], ["MouthSmile_L", 100], ["blink", 100]]},
    {"name": "teeth", "shapes": [["blendShape1.JawOpen", 1]]}]}  # fmt: skip


def wrote(folder: Path, given: object, name: str = "line.json") -> Path:
    path = folder / name
    path.write_text(given if isinstance(given, str) else json.dumps(given), encoding="utf-8")
    return path


def value_at(time: float, keys: list[list[float]]) -> float:
    return float(np.interp(time, [key[0] for key in keys], [key[1] for key in keys]))


def make(check: Any, folder: Path, given: object, scene: dict[str, Any] | None = None, **options: object) -> dict:
    return check("make", wrote(folder, given), wrote(folder, scene or HERO, "scene.json"), json.dumps(options))[0]


# ---- the package as Unity finds it


def test_every_file_has_its_meta_and_no_guid_changes() -> None:
    wanted = {unity_metas.meta_of(path): unity_metas.meta(path) for path in unity_metas.assets()}
    there = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.meta")}
    assert there == wanted, "run python -m tests.plugins.unity_metas"
    guids = [re.search("guid: ([0-9a-f]{32})\n", text).group(1) for text in there.values()]  # type: ignore[union-attr]
    assert len(set(guids)) == len(guids)
    assert unity_metas.guid(PACKAGE / "Runtime" / "RigClipPlayer.cs") == "c4957ea42326767fde33dfd605297971", \
        "scenes refer to the component by this number"  # fmt: skip


def test_the_manifests_agree() -> None:
    manifest = json.loads((PACKAGE / "package.json").read_text())
    assert manifest["name"] == unity_metas.NAME and manifest["version"] == rigdriver.__version__
    assert re.fullmatch(r"20\d\d\.\d|6000\.\d", manifest["unity"])
    plugin = json.loads(next((PLUGINS / "unreal").rglob("*.uplugin")).read_text())
    assert plugin["VersionName"] == rigdriver.__version__
    assemblies = {json.loads(path.read_text())["name"]: json.loads(path.read_text())
                  for path in PACKAGE.rglob("*.asmdef")}  # fmt: skip
    assert assemblies["Rigdriver.Editor"]["includePlatforms"] == ["Editor"]
    assert assemblies["Rigdriver.Runtime"]["includePlatforms"] == []
    for assembly in assemblies.values():
        assert set(assembly["references"]) <= set(assemblies)


def test_the_runtime_does_not_need_the_editor() -> None:
    for path in (PACKAGE / "Runtime").glob("*.cs"):
        assert "UnityEditor" not in path.read_text(encoding="utf-8"), f"{path.name} would not build into a player"


def test_nothing_asks_an_object_of_unity_for_null_by_itself() -> None:
    """`??` and `?.` do not see that Unity calls a destroyed or unassigned object null."""
    for path in (PACKAGE / "Editor").glob("*.cs"):
        assert not re.search(r"\?\?|\?\.", path.read_text(encoding="utf-8")), path.name


# ---- reading


def curves_of(part: Any, path: Path) -> Any:
    """What the importer for Unreal reads of the same file: the two shall not disagree."""
    read = part("files").read(path)
    weights = {name: track for name, track in read.tracks.items() if name not in read.angles}
    return read, weights


def test_files_are_read_as_the_other_importer_reads_them(check: Any, part: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    names = (*canonical().names[:52], "headYaw", "leftEyePitch")
    clip = Clip(names, rng.random((50, len(names))).astype(np.float32), Fraction(60))
    livelink_csv.write(clip, tmp_path / "a.csv")
    table_csv.write(Clip(("jawOpen", 'a "b", c'), clip.values[:, :2], Fraction(24), 12), tmp_path / "b.csv")
    late = recording(["23:59:59:56.652,2,0.1,0", "23:59:59:58.651,2,0.2,0", "00:00:00:00.651,2,0.3,0",
                      "00:00:00:04.651,2,0.5,0", "00:00:00:04.671,2,0.6,0"])  # fmt: skip
    audio2face = {"exportFps": 30.0, "facsNames": ["jawOpen", "b"], "weightMat": [[0, 1], [0.5, 0]]}
    keyed = {"curves": {"a": {"times": [-0.5, 1], "values": [0, 1]}, "b": {"times": [0], "values": [2]}}}
    table = "timeCode,blendShapes.JawOpen,blendShapes.MouthClose\n0.0,0.1,0.2\n0.0333,0.3,0.4\n"
    paths = [wrote(tmp_path, table, "i.csv"), tmp_path / "a.csv", tmp_path / "b.csv", wrote(tmp_path, late, "c.csv"),
             wrote(tmp_path, SEQUENCE, "d.json"), wrote(tmp_path, CLIP, "e.json"),
             wrote(tmp_path, audio2face, "f.json"), wrote(tmp_path, keyed, "g.json"),
             wrote(tmp_path, {"fps": "30000/1001", "start": -3, "curves": {"é": [0, 1]}}, "h.json")]  # fmt: skip
    for path, found in zip(paths, check("parse", *paths)):
        read, weights = curves_of(part, path)
        assert "error" not in found, (path.name, found)
        assert found["fps"] == pytest.approx(float(read.fps or 0))
        assert (found["duration"], found["offset"]) == pytest.approx((read.duration_s, read.offset_s), abs=1e-5)
        assert set(found["weights"]) == set(weights) and len(found["angles"]) == len(read.angles)
        for name, (times, values) in found["weights"].items():
            assert times == pytest.approx(weights[name].times, abs=1e-5)
            assert values == pytest.approx(weights[name].values, abs=1e-6)


def test_angles_come_back_as_they_were(check: Any, tmp_path: Path) -> None:
    """Live Link Face counts yaw and roll the other way round; rigdriver's JSON counts degrees."""
    angles = [name for name in canonical().names if name.endswith(("Yaw", "Pitch", "Roll"))]
    clip = Clip(tuple(angles), np.random.default_rng(1).normal(0, 0.2, (5, 9)).astype(np.float32), Fraction(30))
    livelink_csv.write(clip, tmp_path / "a.csv")
    degrees = {**SEQUENCE, "frames": 5, "curves": [
        {"name": name, "unit": "degree", "values": np.rad2deg(clip[name]).tolist()} for name in angles]}  # fmt: skip
    for found in check("parse", tmp_path / "a.csv", wrote(tmp_path, degrees)):
        for name in angles:
            assert found["angles"][name][1] == pytest.approx(clip[name].tolist(), abs=1e-6), name


def test_what_cannot_be_read_is_said_in_one_line(check: Any, tmp_path: Path) -> None:
    cases = {what: text for what, (text, name) in BAD.items() if name != "a.fbx"}
    paths = [wrote(tmp_path, text, f"{k}.txt") for k, text in enumerate(cases.values())]
    for what, found in zip(cases, check("parse", *paths)):
        assert found.get("error") and "\n" not in found["error"], (what, found)


def test_mangled_files_end_in_our_own_error(check: Any, tmp_path: Path) -> None:
    rng = random.Random(7)
    recorded = recording(["00:00:00:00.000,2,0.1,0", "00:00:00:01.000,2,0.2,0"])
    sources = [json.dumps(SEQUENCE), json.dumps(CLIP), recorded, "time_s,a\n0,1\n1,2\n"]
    paths = []
    for k in range(400):
        text = rng.choice(sources)
        at = rng.randrange(len(text) + 1)
        put = "".join(rng.choice('0123456789eE.,-+:"[]{}\n\\u nNaIf/xü') for _ in range(rng.randrange(7)))
        paths.append(wrote(tmp_path, text[:at] + put + text[at + rng.randrange(9) :], f"{k}.txt"))
    found = check("parse", *paths)
    assert len(found) == 400 and 20 < sum("error" in one for one in found) < 400
    for one in found:
        for times, values in one.get("weights", {}).values():
            assert len(times) == len(values) and all(np.diff(times) > 0) and np.isfinite(values).all()


# ---- names


def test_names_are_matched_as_rigdriver_matches_them(check: Any, tmp_path: Path) -> None:
    cases = mesh_names.meshes()
    lines = "\n".join(json.dumps({"targets": targets, "channels": channels}) for targets, channels in cases)
    answers = check("match", wrote(tmp_path, lines))
    assert len(answers) == len(cases)
    for (targets, channels), found in zip(cases, answers):
        wanted = spelling.match(targets, channels)
        assert found["channels"] == list(wanted.channels), (targets, channels)
        assert found["ambiguous"] == [target for target, _ in wanted.ambiguous], (targets, channels)


# ---- clips


def test_every_mesh_gets_its_own_scale(check: Any, tmp_path: Path) -> None:
    values = np.random.default_rng(2).random(40).round(3).tolist()
    made = make(check, tmp_path, {"fps": 60, "curves": {"jawOpen": values, "mouthSmileLeft": values}}, tolerance=0)
    assert set(made["curves"]) == {"head|SkinnedMeshRenderer|blendShape.jawOpen",
                                   "head|SkinnedMeshRenderer|blendShape.MouthSmile_L",
                                   "teeth|SkinnedMeshRenderer|blendShape.blendShape1.JawOpen"}  # fmt: skip
    for key, keys in made["curves"].items():
        for k, value in enumerate(values):
            assert value_at(k / 60, keys) == pytest.approx(value * FULL[key.split("|")[0]], rel=1e-5)
    assert (made["frameRate"], made["meshes"], made["error"], made["missing"]) == (60, 2, "", [])
    assert made["writes"] == 1, "curve by curve Unity would work over the clip again and again"


def test_keys_lie_within_the_tolerance_and_their_tangents_are_the_lines(check: Any, tmp_path: Path) -> None:
    t = np.arange(300) / 60
    values = (0.5 + 0.4 * np.sin(5 * t)).tolist()
    made = make(check, tmp_path, {"fps": 60, "curves": {"jawOpen": values}}, tolerance=0.01)
    keys = made["curves"]["teeth|SkinnedMeshRenderer|blendShape.blendShape1.JawOpen"]
    assert 10 < len(keys) < 80 and made["modes"] == ["Linear"]
    assert max(abs(value_at(k / 60, keys) - values[k]) for k in range(300)) <= 0.01 + 1e-5
    for before, after in itertools.pairwise(keys):
        slope = (after[1] - before[1]) / (after[0] - before[0])
        assert before[3] == pytest.approx(slope, rel=1e-3, abs=1e-3) == after[2]
    smooth = make(check, tmp_path, {"fps": 60, "curves": {"jawOpen": values}}, tolerance=0.01, tangents="ClampedAuto")
    assert smooth["modes"] == ["ClampedAuto"]


def test_a_clip_is_as_long_as_its_file(check: Any, tmp_path: Path) -> None:
    made = make(check, tmp_path, SEQUENCE | {"curves": [{"name": "jawOpen", "times": [0], "values": [0.5]}]}, loop=True)
    assert [key[0] for key in made["curves"]["head|SkinnedMeshRenderer|blendShape.jawOpen"]] == \
        pytest.approx([0, 3 / 60])  # fmt: skip
    assert made["loop"] and any("-0.5 s" in note for note in made["notes"])


def test_what_is_missing_and_what_is_doubtful_is_listed(check: Any, tmp_path: Path) -> None:
    scene = {"name": "Hero", "children": [
        {"name": "head", "shapes": [["jawOpen", 100], ["JawOpen", 100]]},
        {"name": "head", "shapes": [["jawOpen", 100]]}]}  # fmt: skip
    made = make(check, tmp_path, {"fps": 30, "curves": {"jaw_open": [0, 40], "browUp": [0, 1]}}, scene)
    assert made["missing"] == ["browUp"] and made["ambiguous"] == ["JawOpen"]
    assert any("scale 0.01" in note for note in made["notes"]) and any("rename" in note for note in made["notes"])
    scaled = make(check, tmp_path, {"fps": 30, "curves": {"jaw_open": [0, 40]}}, scene, scale=0.01)
    assert value_at(1 / 30, scaled["curves"]["head|SkinnedMeshRenderer|blendShape.jawOpen"]) == pytest.approx(40)


@pytest.mark.parametrize(("scene", "words"), [
    ({"name": "Stone"}, "no Skinned Mesh Renderer"),
    ({"name": "Stone", "children": [{"name": "m", "shapes": [["wind", 100]]}]}, "none of its curves")])  # fmt: skip
def test_a_character_that_cannot_speak(check: Any, tmp_path: Path, scene: dict[str, Any], words: str) -> None:
    made = make(check, tmp_path, {"fps": 30, "curves": {"jawOpen": [0, 1]}}, scene)
    assert words in made["error"] and not made["curves"]


def unity(q: object) -> np.ndarray:
    """A rotation of glTF's axes in Unity's, which mirror X, and back."""
    return np.asarray(q, np.float64) * [1, -1, -1, 1]


def test_head_and_eyes_turn_about_the_characters_own_axes(check: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    names = ("headYaw", "headPitch", "headRoll", "leftEyeYaw", "leftEyePitch", "rightEyeYaw", "jawOpen")
    clip = Clip(names, rng.normal(0, 0.3, (30, len(names))).astype(np.float32), Fraction(30))
    table_csv.write(clip, tmp_path / "a.csv")
    made = make(check, tmp_path, (tmp_path / "a.csv").read_text())
    neck, head, right = [0.5, 0.5, -0.5, 0.5], [0, 0.6, 0, 0.8], [0.6, 0, 0, 0.8]
    bones = {"head": ("Armature/mixamorig:Neck/mixamorig:Head", neck, head),
             "rightEye": ("Armature/mixamorig:Neck/mixamorig:Head/RightEye",
                          rotation.multiply(np.array(neck), np.array(head)), right)}  # fmt: skip
    for part, (path, parent, rest) in bones.items():
        angles = [clip[part + axis] if part + axis in clip else np.zeros(30) for axis in ("Yaw", "Pitch", "Roll")]
        delta, frame = rotation.from_angles(*angles), unity(parent)
        wanted = rotation.multiply(
            rotation.multiply(rotation.multiply(rotation.inverse(frame), delta), frame), unity(rest))  # fmt: skip
        keys = np.array([made["curves"][f"{path}|Transform|m_LocalRotation.{axis}"] for axis in "xyzw"])[:, :, 1].T
        assert np.abs(np.sum(unity(keys) * wanted, axis=1)) == pytest.approx(1, abs=1e-5), part
        assert (np.sum(keys[1:] * keys[:-1], axis=1) > 0).all(), "neighbours lie on one side"
    assert any("m_LocalRotation" in key and "Eye_L" in key for key in made["curves"])


def test_rotations_are_left_out_where_they_would_do_nothing(check: Any, tmp_path: Path) -> None:
    given = {"fps": 30, "curves": {"jawOpen": [0, 1], "headYaw": [0, 1]}}
    made = make(check, tmp_path, given, HERO | {"human": True})
    assert any("Humanoid" in note for note in made["notes"])
    assert not [key for key in made["curves"] if "Rotation" in key]
    assert [key for key in make(check, tmp_path, given, HERO | {"human": False})["curves"] if "Rotation" in key]
    assert not [key for key in make(check, tmp_path, given, rotations=False)["curves"] if "Rotation" in key]
    bare = {"name": "Hero", "children": [HERO["children"][1]]}
    assert any("no bone for head" in note for note in make(check, tmp_path, given, bare)["notes"])


# ---- folders


def folder(tmp_path: Path) -> Path:
    takes = tmp_path / "takes"
    (takes / "act 1").mkdir(parents=True)
    for path in ("b.json", "act 1/c.json"):
        wrote(takes, {"fps": 30, "curves": {"jawOpen": [0, 1]}}, path)
    wrote(takes, "{", "a.json")
    wrote(takes, {"fps": 30, "curves": {"jawOpen": [1, 1]}}, "b.csv")
    wrote(takes, "not ours", "notes.txt")
    return takes


def test_a_folder_of_takes(check: Any, tmp_path: Path) -> None:
    scene = wrote(tmp_path, HERO, "scene.json")
    first, second = check("folder", folder(tmp_path), scene, "Assets/Takes/New", "replace", 10**6, "again")
    assert first["assets"] == ["Assets/Takes/New/b.anim", "Assets/Takes/New/c.anim"]
    errors = {report["file"]: report["error"] for report in first["reports"] if report["error"]}
    assert set(errors) == {"a.json", "b.json"} and "rename" in errors["b.json"] and "JSON" in errors["a.json"]
    assert (first["dirty"], second["dirty"]) == (0, 2), "a clip that is replaced stays the same asset"
    assert second["assets"] == first["assets"] and not second["bar"]
    kept = check("folder", folder(tmp_path / "x"), scene, "Assets/Takes", "keep", 10**6, "again")[1]
    assert sum(report["skipped"] for report in kept["reports"]) == 2 and kept["dirty"] == 0


def test_cancelling_keeps_what_is_done(check: Any, tmp_path: Path) -> None:
    done = check("folder", folder(tmp_path), wrote(tmp_path, HERO, "scene.json"), "Assets/Takes", "replace", 2)[0]
    assert len(done["reports"]) == 2 and not done["bar"]


def test_the_command_line(check: Any, tmp_path: Path) -> None:
    scene = wrote(tmp_path, HERO, "scene.json")
    said = ["-rigdriverFolder", folder(tmp_path), "-rigdriverCharacter", "Assets/Hero.prefab", "-rigdriverOutput",
            "Assets/Takes"]  # fmt: skip
    assert any("error" in line and "a.json" in line for line in check("batch", scene, *said, rc=1))
    (tmp_path / "takes" / "a.json").unlink()
    (tmp_path / "takes" / "b.csv").unlink()
    assert all(line.startswith("log") for line in check("batch", scene, *said, rc=0))
    assert "no character" in check("batch", scene, *said[:3], "Assets/None.prefab", *said[4:], rc=2)[0]
    check("batch", scene, *said[:4], rc=2)


# ---- playing


def play(check: Any, tmp_path: Path, frequency: int, *steps: str, start: int = 0) -> list[Any]:
    values = [k / 60 for k in range(61)]
    given = {"fps": 60, "start": start, "curves": {"jawOpen": values, "browUp": values}}
    return check("play", wrote(tmp_path, given), wrote(tmp_path, HERO, "scene.json"), frequency, *steps)


def test_a_player_follows_the_games_clock(check: Any, tmp_path: Path) -> None:
    first, half, over, _ = play(check, tmp_path, 0, "0:", "0.5:", "1.1:")
    assert first["weights"]["head.jawOpen"] == 0 and first["missing"] == ["browUp"]
    assert half["weights"]["head.jawOpen"] == pytest.approx(50, abs=1e-3)
    assert half["weights"]["teeth.blendShape1.JawOpen"] == pytest.approx(0.5, abs=1e-5)
    assert over["weights"]["head.jawOpen"] == 0 and not over["playing"] and over["finished"] == 1


def test_a_player_follows_its_sound_and_not_the_clock(check: Any, tmp_path: Path) -> None:
    """The game stutters, the sound goes on; the clip outlasts the sound by the clock."""
    late, silent, over, _ = play(check, tmp_path, 48000, "3.0:12000", "3.25:-", "9.0:-")
    assert late["weights"]["head.jawOpen"] == pytest.approx(25, abs=1e-3)
    assert silent["weights"]["head.jawOpen"] == pytest.approx(50, abs=1e-3) and silent["playing"]
    assert not over["playing"] and over["finished"] == 1


def test_a_clip_that_begins_late_waits_for_its_sound(check: Any, tmp_path: Path) -> None:
    before, after, _ = play(check, tmp_path, 1000, "0.1:100", "0.75:750", start=30)
    assert before["weights"]["head.jawOpen"] == 0
    assert after["weights"]["head.jawOpen"] == pytest.approx(25, abs=1e-3)


HEAD_AT = ([0.5, 0.5, -0.5, 0.5], [0, 0.6, 0, 0.8])  # what is above HERO's head, and its own rotation at rest


def turned_head(angles: dict[str, float], pose: list[float]) -> np.ndarray:
    """HERO's head in Unity, turned by angles of rigdriver on top of a pose of its own."""
    delta = rotation.from_angles(*(np.array(angles.get(f"head{axis}", 0.0)) for axis in ("Yaw", "Pitch", "Roll")))
    above = unity(HEAD_AT[0])
    return unity(rotation.multiply(rotation.multiply(rotation.multiply(
        rotation.inverse(above), delta), above), unity(pose)))  # fmt: skip


def same(one: object, other: object) -> bool:
    return abs(float(np.dot(one, other))) > 1 - 1e-5  # type: ignore[arg-type]


def test_a_player_turns_head_and_eyes_on_top_of_animation(check: Any, tmp_path: Path) -> None:
    """Where an Animator writes the bone, its pose of that frame counts; where none does, turns do not pile up."""
    given = {"fps": 30, "curves": {"jawOpen": [0.5] * 31, "headYaw": [k / 60 for k in range(31)],
                                   "headPitch": [0.1] * 31, "leftEyeYaw": [0.3] * 31}}  # fmt: skip
    pose = [0.1, 0.1, 0.7, 0.7]
    steps = ["0.5:", "0.5:", "0.6:-:" + ",".join(map(str, pose)), "0.6:"]
    line = wrote(tmp_path, given)
    *shown, gone = check("play", line, wrote(tmp_path, HERO, "scene.json"), 0, *steps)
    for step, (at, base) in zip(shown, [(0.5, HEAD_AT[1]), (0.5, HEAD_AT[1]), (0.6, pose), (0.6, pose)]):
        assert same(step["turns"]["Head"], turned_head({"headYaw": at / 2, "headPitch": 0.1}, base)), at
        assert step["missing"] == [] and step["turns"]["RightEye"] == pytest.approx([0.6, 0, 0, 0.8])
        assert abs(2 * np.arccos(step["turns"]["Eye_L"][3])) == pytest.approx(0.3, abs=1e-5)
    assert same(gone["turns"]["Head"], pose) and same(gone["turns"]["Eye_L"], [0, 0, 0, 1])
    bare = {"name": "Hero", "children": [HERO["children"][1]]}
    left, _ = check("play", line, wrote(tmp_path, bare, "bare.json"), 0, "0.5:")
    assert left["missing"] == ["headYaw", "headPitch", "leftEyeYaw"]


def test_a_humanoid_avatar_says_which_bones(check: Any, tmp_path: Path) -> None:
    scene = {"name": "Hero", "human": True, "humanBones": {"Head": "Kopf"}, "children": [
        {"name": "Hals", "rotation": HEAD_AT[0], "children": [{"name": "Kopf", "rotation": HEAD_AT[1]}]},
        HERO["children"][1]]}  # fmt: skip
    line = wrote(tmp_path, {"fps": 30, "curves": {"jawOpen": [0, 0], "headYaw": [0.4, 0.4], "leftEyeYaw": [1, 1]}})
    (shown, _) = check("play", line, wrote(tmp_path, scene, "scene.json"), 0, "0:")
    assert same(shown["turns"]["Kopf"], turned_head({"headYaw": 0.4}, HEAD_AT[1]))
    assert shown["missing"] == ["leftEyeYaw"]
