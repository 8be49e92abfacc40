"""What each engine wants to be told, and what stands in the way on each system, in words."""

from __future__ import annotations

import sys

ENGINES = {
    "livelink": (
        "Unreal: plugins Live Link, Apple ARKit and Apple ARKit Face Support on (on Windows, too), restart; Window > "
        "Virtual Production > Live Link shows the subject with a green mark within a second; nothing is to be added",
        "MetaHuman: in the Blueprint's Details, Live Link > ARKit Face Subj = the subject's name, Use ARKit Face on; "
        "plugins/unreal/README.md has the clicks",
        "two senders of one subject name drive each other out: give each its own ?subject="),
    "jsonlivelink": (
        "Unreal: the plugin JSONLiveLink must be compiled into the project; Live Link > Source > JSON LiveLink, "
        "endpoint 0.0.0.0:{port}",
        "Unity: the component Rig Live Receiver of plugins/unity reads this, too"),
    "vmc": (
        "VSeeFace: General settings > OSC/VMC receiver on, port {port}, and tracking of the face by camera off",
        "Warudo: add a VMC receiver asset, port {port}, then a blueprint that applies its blend shapes",
        "names: perfect sync avatars want ?names=perfectsync, others ?names=vrm0, VRM 1 hosts ?names=vrm1"),
    "vrchat": (
        "VRChat: Action menu > Options > OSC > Enabled; it listens at {port} on the machine that it runs on",
        "the avatar needs face tracking parameters (FT/v2/…); ?avatar=FILE of VRChat's sends what it has",
        "an avatar that was changed: OSC > Reset Config, else VRChat goes on with its old list"),
    "osc": (
        "Unity: the component Rig Live Receiver of plugins/unity, port {port}",
        "Unreal's OSC plugin: Create OSC Server at 0.0.0.0 and port {port}, and keep the object in a variable",
        "TouchDesigner: OSC In CHOP, network port {port}"),
    "ifacialmocap": (
        "receivers ask the phone at port {port}: give them this machine's address as the phone's",
        "a receiver on this machine already holds the port: name it, ifacialmocap://127.0.0.1"),
    "ws": ("a page connects by new WebSocket('ws://127.0.0.1:{port}'); the first message tells the names",
           "a page of another site, or one opened as a file, needs ?origin=https://its.site or ?origin=null"),
    "facecap": ("the receiver's port is yours to choose and must be {port} here",),
}
FIREWALLS = {
    "win32": "Windows: the first start of an engine asks whether it may be reached; private AND public boxes matter. "
             "Later: Windows Security > Firewall > Allow an app, or, as administrator: netsh advfirewall firewall add "
             "rule name=face dir=in action=allow protocol=UDP localport={port}",
    "darwin": "macOS: System Settings > Network > Firewall > Options lets the receiving app in; Privacy > Local "
              "Network and Microphone must allow this terminal",
    "linux": "Linux: where a firewall runs, on the receiver's machine: ufw allow {port}/udp, or firewall-cmd "
             "--add-port={port}/udp",
}


def hints(protocol: str, port: int) -> list[str]:
    """Words about a protocol's receivers, then about firewalls on this system."""
    system = next((text for name, text in FIREWALLS.items() if sys.platform.startswith(name)), FIREWALLS["linux"])
    return [text.format(port=port) for text in (*ENGINES.get(protocol, ()), system)]
