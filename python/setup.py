# SPDX-License-Identifier: GPL-2.0-only
"""pip install --no-build-isolation <source tree>/python

The compiled module is built in the source tree as './hoststack build' does it (preset `release`); the
schema, profiles and scenarios go along as the package's own data. Debian's packages give numpy and
pandas: make the environment with --system-site-packages.
"""

import atexit
import pathlib
import shutil
import subprocess
import tempfile

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
VERSION = (ROOT / "VERSION").read_text().split()[0]


class Build(build_ext):
    """Has CMake build the module and copies it, with the data, into the wheel."""

    def run(self):
        build = ROOT / "build" / "release"
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True)
        subprocess.run(["cmake", "--build", build, "--target", "hoststack-python"], check=True)
        found = list((build / "python" / "hoststack").glob("_core.*.so"))
        if not found:
            raise SystemExit("the module was not built: are python3-dev and pybind11-dev installed?")
        target = pathlib.Path(self.build_lib) / "hoststack"
        target.mkdir(parents=True, exist_ok=True)
        for file in found:
            shutil.copy2(file, target)
        if (build / "python" / "hoststack" / "library").is_dir():  # what reports draw with
            shutil.copytree(build / "python" / "hoststack" / "library", target / "library", dirs_exist_ok=True)
        shutil.copytree(ROOT / "scenarios", target / "data" / "scenarios", dirs_exist_ok=True)
        commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout
        (target / "data" / "commit").write_text(commit, encoding="utf-8")

    def get_outputs(self):
        return [str(p) for p in (pathlib.Path(self.build_lib) / "hoststack").rglob("*") if p.is_file()]


def packages():
    return [".".join(p.parent.relative_to(HERE).parts)
            for p in sorted((HERE / "hoststack").rglob("__init__.py"))]


# Nothing is left in the tree, where it would be in the next wheel, nor in the temporary folder.
scratch = tempfile.mkdtemp(prefix="hoststack-")
atexit.register(shutil.rmtree, scratch, ignore_errors=True)
setup(
    version=VERSION,
    packages=packages(),
    package_dir={"": "."},
    package_data={"hoststack": ["py.typed", "*.pyi"], "hoststack.report": ["page.*"],
                  "hoststack.twin": ["twin.*", "uml-init.sh"]},
    ext_modules=[Extension("hoststack._core", [])],
    cmdclass={"build_ext": Build},
    options={"build": {"build_base": scratch}, "egg_info": {"egg_base": scratch}},
)
