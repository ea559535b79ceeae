"""Where a project begins, how its modules are called, which files are its tests."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from speedproof.analysis import testfiles
from speedproof.analysis.files import python_files
from speedproof.analysis.project import discover, discover_all
from speedproof.core.errors import ProjectError


def lay_out(folder: Path, layout: str) -> Path:
    """Makes files: one a line, `path` or `path: text` (`\\n` in it is a line's end); `path/` makes a folder."""
    for line in filter(None, map(str.strip, layout.splitlines())):
        name, _, text = line.partition(": ")
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("\\n", "\n"))
    return folder


def check(
    folder: Path,
    layout: str,
    path: str,
    *,
    root: str,
    module: str | None = None,
    roots: Sequence[str] | None = None,
    tests: Sequence[str] | None = None,
    exclude: Sequence[str] = (),
) -> None:
    """What is found for `path` of `layout`; all places are relative to the layout's folder."""
    lay_out(folder, layout)
    project = discover(folder / path, exclude=exclude)
    assert project.root == folder / root
    assert all(import_root.is_relative_to(project.root) for import_root in project.import_roots)
    if module is not None:
        assert project.module_name(folder / path) == module
    if roots is not None:
        assert project.import_roots == tuple(folder / name for name in roots)
    if tests is not None:
        assert [test.relative_to(folder).as_posix() for test in project.tests] == list(tests)


class TestRoot:
    @pytest.mark.parametrize(
        "mark", ["pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", ".git", ".git/", "uv.lock"]
    )
    def test_the_nearest_marked_folder(self, tmp_path: Path, mark: str) -> None:
        layout = f"""
            outer/setup.cfg
            outer/inner/{mark}
            outer/inner/pkg/__init__.py
            outer/inner/pkg/mod.py
        """
        check(tmp_path, layout, "outer/inner/pkg/mod.py", root="outer/inner", module="pkg.mod")

    def test_without_marks_the_folder_that_holds_the_package(self, tmp_path: Path) -> None:
        layout = """
            code/pkg/__init__.py
            code/pkg/sub/__init__.py
            code/pkg/sub/mod.py
        """
        check(tmp_path, layout, "code/pkg/sub/mod.py", root="code", module="pkg.sub.mod", roots=["code"])

    def test_a_lone_script_is_its_own_project(self, tmp_path: Path) -> None:
        check(tmp_path, "place/script.py", "place/script.py", root="place", module="script")

    def test_a_module_called_setup_marks_nothing(self, tmp_path: Path) -> None:
        layout = """
            app/tox.ini
            app/pkg/__init__.py
            app/pkg/setup.py
            app/pkg/mod.py
        """
        check(tmp_path, layout, "app/pkg/mod.py", root="app", module="pkg.mod")

    def test_marks_in_the_home_folder_are_passed_over(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        check(tmp_path, ".git/\nscripts/tool.py", "scripts/tool.py", root="scripts")

    def test_a_path_with_dots_in_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        lay_out(tmp_path, "here/pyproject.toml\nthere/pyproject.toml\nthere/mod.py")
        monkeypatch.chdir(tmp_path / "here")
        assert discover(Path("../there/mod.py")).root == tmp_path / "there"

    def test_an_installed_package(self, tmp_path: Path) -> None:
        layout = """
            app/pyproject.toml
            app/.venv/bin/python
            app/.venv/lib/python3.12/site-packages/pkg/__init__.py
            app/.venv/lib/python3.12/site-packages/pkg/mod.py
            app/.venv/lib/python3.12/site-packages/pkg/tests/test_mod.py
            app/.venv/lib/python3.12/site-packages/other/test_other.py
        """
        site_packages = "app/.venv/lib/python3.12/site-packages"
        tests = [f"{site_packages}/pkg/tests/test_mod.py"]
        check(tmp_path, layout, f"{site_packages}/pkg/mod.py", root=site_packages, module="pkg.mod", tests=tests)
        assert discover(tmp_path / site_packages / "pkg/mod.py").python == tmp_path / "app/.venv/bin/python"


class TestImportRoots:
    def test_src_layout(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            src/acme/__init__.py
            src/acme/mod.py
        """
        check(tmp_path, layout, "src/acme/mod.py", root=".", module="acme.mod", roots=["src", "."])

    def test_src_layout_of_a_namespace_package(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            src/acme/tools/mod.py
        """
        check(tmp_path, layout, "src/acme/tools/mod.py", root=".", module="acme.tools.mod")

    def test_a_package_called_src(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            src/__init__.py
            src/mod.py
        """
        check(tmp_path, layout, "src/mod.py", root=".", module="src.mod", roots=["."])

    @pytest.mark.parametrize(
        "declaration",
        [
            '[tool.pytest.ini_options]\\npythonpath = "lib"',
            '[tool.pytest.ini_options]\\npythonpath = [".", "lib"]',
            '[tool.pytest]\\npythonpath = ["lib"]',
            '[tool.setuptools.packages.find]\\nwhere = ["lib"]',
            '[tool.setuptools]\\npackage-dir = {"" = "lib"}',
            '[[tool.poetry.packages]]\\ninclude = "acme"\\nfrom = "lib"',
        ],
    )
    def test_declared(self, tmp_path: Path, declaration: str) -> None:
        layout = f"""
            pyproject.toml: {declaration}
            lib/acme/mod.py
        """
        check(tmp_path, layout, "lib/acme/mod.py", root=".", module="acme.mod", roots=["lib", "."])

    @pytest.mark.parametrize(
        "nonsense",
        [
            "tool = 3",
            "[tool]\\npytest = 1\\nsetuptools = []\\npoetry = 'x'",
            "[tool.poetry]\\npackages = [1, {from = 2}]",
            "[tool.pytest.ini_options]\\npythonpath = '../elsewhere /tmp'",
            "not toml at all",
        ],
    )
    def test_a_strange_configuration_changes_nothing(self, tmp_path: Path, nonsense: str) -> None:
        check(tmp_path, f"pyproject.toml: {nonsense}\nmod.py", "mod.py", root=".", module="mod", roots=["."])

    def test_relative_imports_reach_out_of_a_namespace_package(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            acme/base.py
            acme/tools/mod.py: from .. import base\\nfrom . import other
            acme/tools/other.py
        """
        check(tmp_path, layout, "acme/tools/mod.py", root=".", module="acme.tools.mod")

    def test_its_own_imports_tell_a_namespace_package(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            acme/tools/mod.py: from acme.tools.other import helper
            acme/tools/other.py
        """
        check(tmp_path, layout, "acme/tools/mod.py", root=".", module="acme.tools.mod")

    def test_its_own_imports_tell_a_folder_of_scripts(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            tools/mod.py: import other, os
            tools/other.py
        """
        check(tmp_path, layout, "tools/mod.py", root=".", module="mod", roots=["tools", "."])

    @pytest.mark.parametrize(
        ("imported", "module"),
        [
            ("from tools.mod import area", "tools.mod"),
            ("from tools import (mod, other)", "tools.mod"),
            ("import tools.mod as m", "tools.mod"),
            ("from mod import area", "mod"),
            ("import os", "mod"),
        ],
    )
    def test_the_tests_tell_what_a_module_is_called(self, tmp_path: Path, imported: str, module: str) -> None:
        layout = f"""
            pyproject.toml
            tools/mod.py
            tests/test_mod.py: {imported}
        """
        check(tmp_path, layout, "tools/mod.py", root=".", module=module)

    def test_a_package_below_a_folder_of_projects(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            libs/acme/__init__.py
            libs/acme/mod.py: from acme.other import helper
            libs/acme/other.py
        """
        check(tmp_path, layout, "libs/acme/mod.py", root=".", module="acme.mod", roots=["libs", "."])

    def test_the_root_may_be_a_package_itself(self, tmp_path: Path) -> None:
        layout = """
            acme/.git/
            acme/__init__.py
            acme/mod.py
        """
        check(tmp_path, layout, "acme/mod.py", root="acme", module="mod", roots=["acme"])


class TestTests:
    def test_the_usual_names_wherever_they_are(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            pkg/__init__.py
            pkg/mod.py
            pkg/tests/__init__.py
            pkg/tests/test_mod.py
            pkg/tests/helpers.py
            app/tests.py
            mod_test.py
            tests/unit/test_more.py
        """
        expected = ["app/tests.py", "mod_test.py", "pkg/tests/test_mod.py", "tests/unit/test_more.py"]
        check(tmp_path, layout, "pkg/mod.py", root=".", tests=expected)

    @pytest.mark.parametrize(
        "configuration",
        [
            "pyproject.toml: [tool.pytest.ini_options]\\ntestpaths = ['checks', 'gone', '../out', '/']",
            "pyproject.toml: [tool.pytest]\\ntestpaths = ['checks']",
            "pytest.ini: [pytest]\\ntestpaths = checks",
            "tox.ini: [pytest]\\ntestpaths =\\n    checks",
            "setup.cfg: [tool:pytest]\\ntestpaths = check*",
        ],
    )
    def test_where_pytest_is_told_they_are(self, tmp_path: Path, configuration: str) -> None:
        layout = f"""
            {configuration}
            checks/test_a.py
            elsewhere/test_b.py
            mod.py
        """
        check(tmp_path, layout, "mod.py", root=".", tests=["checks/test_a.py"])

    def test_called_what_pytest_is_told_they_are(self, tmp_path: Path) -> None:
        layout = """
            pytest.ini: [pytest]\\npython_files = check_*.py
            check_a.py
            test_b.py
        """
        check(tmp_path, layout, "check_a.py", root=".", tests=["check_a.py"])

    def test_a_named_file_is_one_whatever_it_is_called(self, tmp_path: Path) -> None:
        layout = """
            pytest.ini: [pytest]\\ntestpaths = suite.py
            suite.py
        """
        check(tmp_path, layout, "suite.py", root=".", tests=["suite.py"])

    def test_what_is_no_part_of_the_project_is_left_out(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            .gitignore: /scratch/\\nlocal_*
            .hidden/test_a.py
            .venv/test_b.py
            env/pyvenv.cfg
            env/lib/test_c.py
            conda/conda-meta/
            conda/test_d.py
            node_modules/test_e.py
            build/lib/test_f.py
            scratch/test_g.py
            local_tests/test_h.py
            pkg/scratch/test_kept.py
            pkg/build/__init__.py
            pkg/build/test_kept_too.py
            slow/test_i.py
            acme.egg-info/test_j.py
        """
        expected = ["pkg/build/test_kept_too.py", "pkg/scratch/test_kept.py"]
        check(tmp_path, layout, ".", root=".", tests=expected, exclude=["slow/"])

    def test_inner_ignore_files_overrule_outer_ones(self, tmp_path: Path) -> None:
        layout = """
            pyproject.toml
            .gitignore: test_*.py
            inner/.gitignore: !test_a.py
            inner/test_a.py
            inner/test_b.py
            test_c.py
        """
        check(tmp_path, layout, ".", root=".", tests=["inner/test_a.py"])

    def test_links_in_circles_and_out_of_the_project(self, tmp_path: Path) -> None:
        lay_out(tmp_path, "app/pyproject.toml\napp/pkg/test_a.py\noutside/test_b.py")
        (tmp_path / "app/pkg/loop").symlink_to(tmp_path / "app")
        (tmp_path / "app/outside").symlink_to(tmp_path / "outside")
        (tmp_path / "app/test_linked.py").symlink_to(tmp_path / "outside/test_b.py")
        (tmp_path / "app/test_alias.py").symlink_to(tmp_path / "app/pkg/test_a.py")
        (tmp_path / "app/test_circle.py").symlink_to("test_circle.py")
        tests = discover(tmp_path / "app").tests
        assert [test.relative_to(tmp_path).as_posix() for test in tests] == [
            "app/pkg/test_a.py",
            "app/test_alias.py",
        ]

    def test_a_walk_is_bounded(self, tmp_path: Path) -> None:
        for number in range(30):
            (tmp_path / f"mod_{number:02}.py").touch()
        assert len(python_files(tmp_path, root=tmp_path, max_files=10)) == 10

    def test_one_look_serves_all_files_of_a_root(self, tmp_path: Path) -> None:
        lay_out(tmp_path, "pyproject.toml\na.py\nb.py\nsub/c.py\ntest_a.py")
        a, b, c = (tmp_path / name for name in ("a.py", "b.py", "sub/c.py"))
        projects = discover_all([a, b, c])
        assert projects[a] is not projects[b]
        assert projects[a] == projects[b]
        assert projects[c].import_roots == (tmp_path / "sub", tmp_path)


class TestMentions:
    def check(self, folder: Path, layout: str, names: Sequence[str], *expected: str, near: str = ".") -> None:
        project = discover(lay_out(folder, layout + "\npyproject.toml"))
        found = testfiles.tests_mentioning(project, names, 10, near=folder / near)
        assert [path.relative_to(folder).as_posix() for path in found] == list(expected)

    def test_only_whole_words_count(self, tmp_path: Path) -> None:
        layout = """
            test_a.py: areas
            test_b.py: area()
            test_c.py: pkg.area
        """
        self.check(tmp_path, layout, ["shapes.area"], "test_b.py", "test_c.py")

    def test_a_rare_name_weighs_more_than_a_common_one(self, tmp_path: Path) -> None:
        layout = """
            test_a.py: get get get
            test_b.py: get
            test_c.py: get parse_header
        """
        self.check(tmp_path, layout, ["get", "parse_header"], "test_c.py", "test_a.py", "test_b.py")

    def test_a_file_named_after_the_module_comes_first(self, tmp_path: Path) -> None:
        layout = """
            test_all.py: import shapes
            test_shapes.py: import shapes
            unrelated_test.py: nothing
        """
        self.check(tmp_path, layout, ["shapes"], "test_shapes.py", "test_all.py")

    def test_of_equals_the_nearest_comes_first(self, tmp_path: Path) -> None:
        layout = """
            a/test_x.py: area
            b/test_x.py: area
            test_x.py: area
        """
        self.check(tmp_path, layout, ["area"], "b/test_x.py", "test_x.py", "a/test_x.py", near="b/mod.py")

    def test_a_changed_file_is_read_again(self, tmp_path: Path) -> None:
        self.check(tmp_path, "test_a.py: area", ["area"], "test_a.py")
        test = tmp_path / "test_a.py"
        test.write_text("nothing")
        os.utime(test, ns=(1, 1))
        self.check(tmp_path, "", ["area"])


def test_a_missing_interpreter_is_told(tmp_path: Path) -> None:
    lay_out(tmp_path, "pyproject.toml\nmod.py")
    with pytest.raises(ProjectError, match="no such interpreter: nowhere/python"):
        discover(tmp_path / "mod.py", python="nowhere/python")
