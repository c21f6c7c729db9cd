"""What the measurements were made on."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

import keras

PACKAGES = ("keras", "numpy", "tensorflow", "jax", "torch")
PEERS = ("geomloss", "pytorch-adapt")


def machine_facts() -> dict[str, Any]:
    """Processors, device, backend and versions; nothing that names a host."""
    load = os.getloadavg()[0]
    return {
        "processors": os.cpu_count(),
        "processor": _processor(),
        "device": accelerator() or "CPU",
        "backend": keras.backend.backend(),
        "system": platform.system(),
        "load at the end": round(load, 1),
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in PACKAGES + PEERS},
        },
    }


def describe(facts: dict[str, Any]) -> str:
    """The facts in a sentence."""
    versions = facts["versions"]
    backend = facts["backend"]
    return (
        f"{facts['device']}; {facts['processors']} processors "
        f"({facts['processor']}), load {facts['load at the end']} at the end; "
        f"Keras {versions['keras']} on {backend} {versions[backend]}, Python "
        f"{versions['python']}."
    )


def accelerator() -> str | None:
    """Name of the GPU that the backend computes on; None without one."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
        details = map(tf.config.experimental.get_device_details, devices)
        return next((detail["device_name"] for detail in details), None)
    if backend == "jax":
        import jax

        device = jax.devices()[0]
        return None if device.platform == "cpu" else device.device_kind
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
