"""Weights from landmarks: a made-up face whose weights are known, moved, grown and blurred; needs no data."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.optimize import lsq_linear

from rigdriver.errors import InputError
from rigdriver.training.solve import grid
from rigdriver.training.solve.__main__ import main
from rigdriver.training.solve.bounded import Problem, solve
from rigdriver.training.solve.face import INNER_LIPS, Face, face_of, read_ict
from rigdriver.training.solve.fit import Fit, fit_face
from rigdriver.training.solve.landmarks import Track, align_all, neutrals, resting

CHANNELS = ("jawOpen", "mouthClose", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "mouthUpperUpLeft",
            "mouthUpperUpRight")
FRAMES = 75
CLEAR = Fit(noise=0.05)  # the made-up face has a third of a tracked one's points, and clearer ones
BLUR = 0.02  # model units; the tracker's own noise between frames is smaller


def bump(points: np.ndarray, center: tuple[float, float], size: float, push: tuple[float, float, float]) -> np.ndarray:
    """A push that fades from its centre."""
    away = ((points[:, :2] - center) ** 2).sum(1) / size**2
    return np.exp(-away)[:, None] * np.array(push)


@pytest.fixture(scope="module")
def face() -> Face:
    """A mask of 110 points: a still forehead, and a mouth at (0, -4) whose inner lips touch."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(-5, 5, 8), np.linspace(-9, 6, 12)))
    lips = np.linspace(-2, 2, len(INNER_LIPS))
    x, y = np.concatenate([x, lips, lips]), np.concatenate([y, np.full(2 * len(lips), -4.0)])
    rest = np.stack([x, y, 12 - 0.1 * x**2 - 0.03 * y**2], 1)
    marks = [1000 + k for k in range(96)] + [upper for upper, _ in INNER_LIPS] + [lower for _, lower in INNER_LIPS]
    lower = np.isin(marks, [mark for _, mark in INNER_LIPS]) | ((y < -4) & (y > -10))
    jaw = lower[:, None] * bump(rest, (0, -6.5), 4, (0, -4, -2))
    lip = lower[:, None] * bump(rest, (0, -4), 2.2, (0, 1, 0))
    gap = jaw[-4, 1]
    moved = {"jawOpen": jaw, "mouthClose": lip * (-gap / lip[-4, 1]),
             "mouthPucker": -0.3 * (rest - (0, -4, 10)) * bump(rest, (0, -4), 2.5, (1, 1, -1.5))}
    for name, push in (("mouthSmile", (0.6, 0.8, -0.3)), ("mouthUpperUp", (0, 0.9, 0))):
        for side, sign in (("Left", 1), ("Right", -1)):
            center = (2.5 * sign, -4) if name == "mouthSmile" else (1.0 * sign, -3.4)
            moved[name + side] = bump(rest, center, 1.5, (sign * push[0], push[1], push[2])) * ~lower[:, None]
    made = face_of(moved, rest, tuple(marks))
    assert made.held.sum() > 10
    return made


def known_weights(face: Face, clips: int) -> np.ndarray:
    """Talk: at rest first and last, in between an opening jaw, shut lips twice, rounding, smiling on both sides."""
    time, weights = np.arange(FRAMES) / 25, np.zeros((clips, FRAMES, len(face)))
    for clip in range(clips):
        talk = np.clip(np.sin(np.pi * (time - 0.6) / 1.8), 0, 1) * ((time > 0.6) & (time < 2.4))
        jaw = 0.3 * talk * (1 + 0.5 * np.sin(9 * time + clip))
        shut = np.minimum(1, sum(1.6 * np.exp(-(((time - at) / 0.06) ** 2)) for at in (1.1 + 0.02 * clip, 1.9)))
        curves = {"jawOpen": jaw, "mouthClose": jaw * shut,
                  "mouthPucker": 0.4 * talk * np.maximum(np.sin(5 * time + clip) - 0.2, 0),
                  "mouthSmileLeft": 0.2 * talk, "mouthSmileRight": 0.2 * talk,
                  "mouthUpperUpLeft": 0.15 * talk * (1 - shut), "mouthUpperUpRight": 0.15 * talk * (1 - shut)}
        for name, curve in curves.items():
            weights[clip, :, face.names.index(name)] = curve
    return weights


def track_of(face: Face, weights: np.ndarray, seed: int = 3) -> Track:
    """The face so posed, on a head that turns, shifts and comes nearer, seen with noise, in pixels."""
    rng = np.random.default_rng(seed)
    points = face.rest + np.tensordot(weights, face.shapes, 1)
    points = points + BLUR * rng.standard_normal(points.shape)
    for clip in range(len(points)):
        for frame in range(FRAMES):
            turn = rotation(0.1 * np.sin(frame / 15 + clip), 0.08 * np.cos(frame / 20))
            points[clip, frame] = (8 + frame / 100) * points[clip, frame] @ turn.T + (160 + frame / 10, -150, 4)
    return Track(points.astype(np.float32), np.ones(points.shape[:2], bool))


def rotation(yaw: float, pitch: float) -> np.ndarray:
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    return nod @ turn


def weights_of(face: Face, track: Track, fit: Fit | None = None) -> np.ndarray:
    points = align_all(track, face.rest, face.held)
    neutral = neutrals(points, resting(points, face.opening(points).mean(-1), track.seen))
    return fit_face(face, points - neutral[:, None], track.seen, fit)[0]


def test_known_weights_come_back(face: Face) -> None:
    known = known_weights(face, 6)
    found = weights_of(face, track_of(face, known), CLEAR)
    for k, name in enumerate(face.names):
        error = np.sqrt(((found[..., k] - known[..., k]) ** 2).mean())
        assert error < 0.035, f"{name}: off by {error:.3f} (root mean square)"
        assert np.corrcoef(found[..., k].ravel(), known[..., k].ravel())[0, 1] > 0.92, name


def test_a_mouth_at_rest_is_at_rest_and_a_shut_mouth_shut(face: Face) -> None:
    known = known_weights(face, 6)
    found = weights_of(face, track_of(face, known))
    jaw, close = (found[..., face.names.index(name)] for name in ("jawOpen", "mouthClose"))
    still = known.sum(-1) == 0
    assert found[still].mean() < 0.01
    assert (close <= jaw + 1e-6).all()
    true_jaw = known[..., face.names.index("jawOpen")]
    shut = (true_jaw > 0.1) & (known[..., face.names.index("mouthClose")] > 0.97 * true_jaw)
    assert shut.sum() > 5
    assert (close[shut] / jaw[shut]).mean() > 0.9


def test_smoothing_keeps_the_speed_of_closures(face: Face) -> None:
    track = track_of(face, known_weights(face, 6))
    fast, smooth = (weights_of(face, track, Fit(bend=bend)) for bend in (0, Fit().bend))
    for name in ("jawOpen", "mouthClose"):
        k = face.names.index(name)
        speeds = [np.quantile(np.abs(np.diff(found[..., k], axis=1)), 0.98) for found in (fast, smooth)]
        assert speeds[1] > 0.85 * speeds[0], name


def test_bounds_hold_whatever_the_landmarks_say(face: Face) -> None:
    rng = np.random.default_rng(1)
    moved = rng.normal(0, 5, (2, FRAMES, *face.rest.shape)).astype(np.float32)
    found = fit_face(face, moved, np.ones((2, FRAMES), bool))[0]
    assert found.min() >= 0
    assert found.max() <= 1
    assert (found > 0).any()


def test_a_lost_frame_is_bridged(face: Face) -> None:
    known = known_weights(face, 6)
    track = track_of(face, known)
    lost = np.zeros(track.seen.shape, bool)
    lost[1, 38:40] = lost[4, 40] = True
    track.points[lost] = -1000
    found = weights_of(face, Track(track.points, ~lost))
    whole = weights_of(face, track_of(face, known))
    assert np.abs(found - whole)[lost].max() < 0.05
    assert np.abs(found - whole)[~lost].mean() < 0.01


def test_the_bounded_solver_agrees_with_scipy() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((40, 6))
    goals = rng.standard_normal((1, 5, 40)) * 3
    problem = Problem(matrix.T @ matrix, np.zeros((6, 6)), np.zeros(6), np.ones(6))
    found = solve(problem, goals @ matrix)
    best = [lsq_linear(matrix, goal, (0, 1), tol=1e-12).x for goal in goals[0]]
    np.testing.assert_allclose(found[0], best, atol=1e-3)
    assert {0.0, 1.0} & set(found.ravel().tolist()), "some bound should be active here"


def write_data(folder: Path, face: Face) -> None:
    """A data folder of the made-up face, laid out as the real one."""
    track = track_of(face, known_weights(face, 3))
    steps = np.round(track.points * [32, -32, -32]).astype(np.int16)
    steps[1, 40] = grid.LOST
    (folder / "grid_s1").mkdir(parents=True)
    (folder / "ict_facekit").mkdir()
    np.savez(folder / "grid_s1" / grid.LANDMARKS, utt=["a", "b", "c"], landmark=np.array(face.landmarks, np.int16),
             xyz_px32_delta=np.diff(steps, axis=1, prepend=np.zeros_like(steps[:, :1])))
    puff = np.zeros((2, *face.rest.shape), np.float32)
    names = [name.replace("Left", "_L").replace("Right", "_R") for name in face.names]
    np.savez(folder / "ict_facekit" / "ict_arkit_shapes.npz", names=[*names, "cheekPuff_L", "cheekPuff_R"],
             vertices=face.rest, deltas=np.concatenate([face.shapes, puff]),
             faces_quad_minus1_pad=np.zeros((0, 4), int))
    np.savez(folder / "ict_facekit" / "mediapipe_correspondence.npz", landmark=np.array(face.landmarks),
             vertex=np.arange(len(face.landmarks)), distance_px=np.r_[9.0, np.zeros(len(face.landmarks) - 1)])


def test_a_folder_is_solved_and_read_back(face: Face, tmp_path: Path) -> None:
    write_data(tmp_path / "data", face)
    names, utterances, weights = grid.curves_of(grid.solve_grid(tmp_path / "data"))
    assert utterances == ("a", "b", "c")
    assert weights.shape == (3, FRAMES, len(names))
    known = known_weights(face, 3)[..., face.names.index("jawOpen")]
    assert np.corrcoef(weights[..., names.index("jawOpen")].ravel(), known.ravel())[0, 1] > 0.95
    grid.write(tmp_path / "w.npz", grid.solve_grid(tmp_path / "data"))
    kept = grid.read(tmp_path / "w.npz")
    assert kept[:2] == (names, utterances)
    np.testing.assert_allclose(kept[2], weights, atol=1e-3)


def test_a_picture_without_phones_is_refused_in_one_line(face: Face, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    write_data(tmp_path, face)
    asked = ["--data", str(tmp_path), "-o", str(tmp_path / "weights.npz"), "--picture", str(tmp_path / "mouths.png")]
    failed = CliRunner().invoke(main, asked)
    assert failed.exit_code == 2
    assert "no aligned phones" in failed.output
    assert not (tmp_path / "mouths.png").exists()


def test_pairs_far_apart_are_dropped(face: Face, tmp_path: Path) -> None:
    write_data(tmp_path, face)
    read, found = read_ict(tmp_path / "ict_facekit", np.array(face.landmarks))
    assert not found[0]
    assert found[1:].all()
    assert read.landmarks == face.landmarks[1:]


def test_the_command_writes_a_file_and_says_what_is_missing(face: Face, tmp_path: Path) -> None:
    write_data(tmp_path, face)
    output = tmp_path / "weights.npz"
    done = CliRunner().invoke(main, ["--data", str(tmp_path), "-o", str(output)])
    assert done.exit_code == 0, done.output
    with np.load(output) as file:
        assert file["W"].shape == (3, FRAMES, len(file["names"]))
        assert int(file["fps"]) == 25
    (tmp_path / "ict_facekit" / "ict_arkit_shapes.npz").unlink()
    failed = CliRunner().invoke(main, ["--data", str(tmp_path), "-o", str(output)])
    assert failed.exit_code == 2
    assert "ict_arkit_shapes.npz: not there" in failed.output
    with pytest.raises(InputError, match="--data"):
        grid.read_track(tmp_path / "nowhere" / grid.LANDMARKS)
