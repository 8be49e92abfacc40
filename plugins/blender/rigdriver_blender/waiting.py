"""An operator whose work goes on beside Blender: watched by a timer where there is a window, else waited for.

What it brings is one step of undo: Blender takes the step when the operator finishes, and nothing is changed before.
"""

import time

import bpy

from . import settings
from .errors import MissingError, PluginError

STEP_S = 0.1
WAIT_S = 0.01


class Waiting:
    """Mixed into operators. `begin` gives the work: `step()` until it is true, `share`, `close()`; `end` tells."""

    _work = None
    _timer = None

    def begin(self, context: bpy.types.Context) -> object:
        raise NotImplementedError

    def end(self, context: bpy.types.Context, work: object) -> str:
        """What to tell when it is done."""
        raise NotImplementedError

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set:
        if bpy.app.background or context.window is None:
            return self.execute(context)
        if not self._started(context):
            return {"CANCELLED"}
        self._timer = context.window_manager.event_timer_add(STEP_S, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set:
        """Waits until it is done: for scripts and for Blender without a window."""
        if not self._started(context):
            return {"CANCELLED"}
        while True:
            done = self._step(context)
            if done:
                return done
            time.sleep(WAIT_S)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set:
        if event.type == "ESC" and event.value == "PRESS":
            settings.state(context).cancel = True
        if event.type != "TIMER" and not settings.state(context).cancel:
            return {"PASS_THROUGH"}
        return self._step(context) or {"PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender closes, or loads another file."""
        self._over(context, "cancelled")

    def _started(self, context: bpy.types.Context) -> bool:
        state = settings.state(context)
        if state.running:
            self.report({"WARNING"}, "rigdriver is at work already")
            return False
        state.cancel = state.missing = False
        try:
            self._work = self.begin(context)
        except (PluginError, OSError) as error:
            self._failed(context, error)
            return False
        state.running, state.share, state.told = True, 0.0, ""
        return True

    def _step(self, context: bpy.types.Context) -> set:
        state = settings.state(context)
        if state.cancel:
            self._over(context, "cancelled; nothing was changed")
            self.report({"INFO"}, "rigdriver: cancelled; nothing was changed")
            return {"CANCELLED"}
        try:
            done = self._work.step()
        except (PluginError, OSError) as error:
            return self._failed(context, error)
        except Exception:  # a fault of ours: Blender shows it, and the panel is free again
            self._over(context, "rigdriver's add-on failed; the console says where")
            raise
        state.share = self._work.share
        _redraw(context)
        if not done:
            return set()
        told = self.end(context, self._work)
        self._over(context, told)
        self.report({"INFO"}, told.splitlines()[0])
        return {"FINISHED"}

    def _failed(self, context: bpy.types.Context, error: Exception) -> set:
        changed = bool(getattr(self._work, "reports", ()))
        self._over(context, str(error))
        settings.state(context).missing = isinstance(error, MissingError)
        self.report({"ERROR"}, str(error))
        return {"FINISHED"} if changed else {"CANCELLED"}  # what lines before it brought can be undone

    def _over(self, context: bpy.types.Context, told: str) -> None:
        state = settings.state(context)
        state.running = state.cancel = False
        state.told = told
        if self._work is not None:
            self._work.close()
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        _redraw(context)


def _redraw(context: bpy.types.Context) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
