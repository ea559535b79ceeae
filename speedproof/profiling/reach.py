"""What a candidate brings in that could see, or touch, more than its arguments: means that no rewrite for speed needs.

A candidate runs in one process with the code that watches it. What it could gain there is little, because expected
values and the clock are elsewhere; but code that can tell whether it is being watched, or is merely being timed, can
behave differently in the two cases. So a candidate that brings in frames, the garbage collector's lists, other modules'
insides, code made of strings, files or clocks is not verified, and told so. What the module used before, it may go on
using.

This is a look at the text, and texts can hide much: it is one wall of several, not the only one (docs/decisions/0016).
"""

import ast
import builtins
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODULES = _words("""
    _ctypes _posixsubprocess _signal _socket _thread _xxsubinterpreters _interpreters __main__ asyncio atexit
    bdb builtins cffi cloudpickle code codeop concurrent cProfile ctypes dill dis doctest faulthandler fcntl
    fileinput gc glob http imaplib importlib inspect linecache marshal mmap multiprocessing os pathlib pdb pickle
    pkgutil posix profile pty pwd pydoc resource runpy select selectors shelve shutil signal site socket
    socketserver sqlite3 ssl subprocess symtable sys sysconfig tempfile termios threading time timeit trace
    traceback tracemalloc tty unittest urllib weakref zipimport
""")
"""The modules by which a process gets at itself, at other processes, at files or at the time."""
PARTLY = ("sys", "os", "pathlib")
"""Of these, only what is not in HARMLESS."""
_BARE_MODULES = frozenset(name.lstrip("_") for name in MODULES) - _words("code glob select site time trace")
HARMLESS = _words("""
    os.fspath os.linesep os.path os.sep pathlib.PurePath pathlib.PurePosixPath sys.byteorder sys.float_info
    sys.getsizeof sys.hash_info sys.intern sys.maxsize sys.maxunicode sys.stderr sys.stdin sys.stdout sys.version_info
""")
FILES = frozenset(f"os.{name}" for name in _words("fwalk listdir lstat readlink scandir stat walk")) | _words(
    "open pathlib.Path"
)
"""One way to files is as good as another, for code that uses any."""
NAMES = _words("""
    __builtins__ __import__ __loader__ __spec__ breakpoint compile delattr eval exec globals input locals open
    setattr vars BaseException BlockingIOError MemoryError RecursionError
""")
"""Of built-in names. By the errors, code can tell how deep and how large the process around it is, and hide it."""
ATTRIBUTES = _words("""
    _current_frames _getframe _getframemodulename _speedproof_worker ag_code ag_frame as_strided
    cell_contents co_code co_consts cr_await cr_code cr_frame ctypes ctypeslib currentframe f_back f_builtins
    f_code f_globals f_lineno f_locals f_trace FunctionType CodeType Formatter ForwardRef format_map get_objects
    get_referents get_referrers get_type_hints gi_code gi_frame gi_yieldfrom mro settrace setprofile
    tb_frame tb_lasti tb_next with_traceback
""")
COMMON_DUNDERS = _words("""
    __abs__ __add__ __aenter__ __aexit__ __aiter__ __and__ __anext__ __await__ __bool__ __bytes__ __call__
    __class__ __complex__ __contains__ __copy__ __deepcopy__ __delitem__ __divmod__ __doc__ __enter__ __eq__
    __exit__ __float__ __floordiv__ __format__ __ge__ __getitem__ __gt__ __hash__ __iadd__ __iand__ __imul__
    __index__ __init__ __int__ __invert__ __ior__ __isub__ __iter__ __ixor__ __le__ __len__ __length_hint__
    __lshift__ __lt__ __matmul__ __missing__ __mod__ __mul__ __name__ __ne__ __neg__ __new__ __next__ __or__
    __pos__ __post_init__ __pow__ __radd__ __rand__ __repr__ __reversed__ __rmul__ __ror__ __round__ __rshift__
    __rsub__ __rtruediv__ __setitem__ __slots__ __str__ __sub__ __truediv__ __trunc__ __version__ __xor__
""")
_DUNDER = re.compile(r"__\w+__$")
_FORMAT_FIELD = re.compile(r"\{[^{}]*[.\[][^{}]*_[^{}]*\}")
_INVISIBLE = ("Cf", "Co", "Cs")


def brings_in(before: str, after: str) -> list[str]:
    """What `after` reaches for more often than `before` does, in words. Both parse."""
    known, found = Counter(_reaches(before)), Counter(_reaches(after))
    free = FILES if FILES.intersection(known) else ()
    return sorted(set(found - known).difference(free))


def _reaches(text: str) -> Iterator[str]:
    invisible = {f"the invisible character U+{ord(c):04X}" for c in text if _is_invisible(c)}
    yield from invisible
    tree = ast.parse(text)
    imported = _imported_names(tree)
    bases = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    if alias.name.partition(".")[0] not in PARTLY:
                        yield from _module(alias.name)
            case ast.ImportFrom(module=module, names=aliases, level=0):
                for alias in aliases:
                    yield from _from_module(module or "", alias.name)
            case ast.Name(id=name):
                if name in NAMES or (name.startswith("__") and hasattr(builtins, name)):
                    yield name
                if imported.get(name) in PARTLY and id(node) not in bases:
                    yield f"the module {name} as a value"
                if name in _BY_NAME and id(node) not in called:
                    yield _COMPUTED
            case ast.Attribute(value=base, attr=name, ctx=context):
                yield from _attribute(base, name, imported)
                if not isinstance(context, ast.Load):
                    yield from _kept_on(base, imported)
            case ast.Subscript(value=base, ctx=ast.Store() | ast.Del()):
                yield from _kept_on(base, imported)
            case ast.ExceptHandler(type=None) | ast.ExceptHandler(type=ast.Name(id="Exception")):
                yield "an except for everything"
            case ast.MatchClass(kwd_attrs=names):
                for name in names:
                    yield from _attribute(None, name, imported)
            case ast.Call(func=function, args=arguments):
                yield from _call(function, arguments)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _is_uncommon(name):
                yield f"a method {name}"
            case ast.Constant(value=str() as value) if _FORMAT_FIELD.search(value) and "__" in value:
                yield "a format that looks into objects"


def _imported_names(tree: ast.AST) -> dict[str, str]:
    """Names that imports bind, with the module each leads to."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            found.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return found


def _module(name: str) -> Iterator[str]:
    first = name.partition(".")[0]
    if first in MODULES and name not in ("os.path", "asyncio", "concurrent.futures"):
        yield f"the module {name}"
    if first.startswith("_speedproof"):
        yield "Speedproof itself"


def _from_module(module: str, name: str) -> Iterator[str]:
    if module == "os.path" or f"{module}.{name}" in HARMLESS:
        return
    if f"{module}.{name}" in FILES:
        yield f"{module}.{name}"
        return
    yield from _module(module)
    if name == "*":
        yield f"everything from {module}"
    elif name in ATTRIBUTES or name.lstrip("_") in _BARE_MODULES:
        yield f"{module}.{name}"


def _attribute(base: ast.expr | None, name: str, imported: dict[str, str]) -> Iterator[str]:
    root = base
    while isinstance(root, ast.Attribute):
        root = root.value
    module = imported.get(base.id, "") if isinstance(base, ast.Name) else ""
    if module in PARTLY and f"{module}.{name}" not in HARMLESS:
        yield f"{module}.{name}"
    elif isinstance(root, ast.Name) and root.id in imported and name.lstrip("_") in _BARE_MODULES:
        yield f"the module {name} by way of another"
    elif name in ATTRIBUTES or _is_uncommon(name):
        if name == "__dict__" and isinstance(base, ast.Name) and not module:
            return  # an object's own attributes, as `vars` would show them
        yield f"the attribute {name}"


def _kept_on(base: ast.expr, imported: dict[str, str]) -> Iterator[str]:
    """Something is stored on what was imported, where it outlives the call and nobody looks."""
    while isinstance(base, ast.Attribute | ast.Subscript):
        base = base.value
    if isinstance(base, ast.Name) and base.id in imported:
        yield f"something kept on {imported[base.id]}"


def _call(function: ast.expr, arguments: list[ast.expr]) -> Iterator[str]:
    name = (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )
    if name in _BY_NAME:
        for argument in arguments[1:2] if name in ("getattr", "hasattr") else arguments:
            if not isinstance(argument, ast.Constant):
                yield _COMPUTED
            elif any(part in ATTRIBUTES or _is_uncommon(part) for part in _text_of(argument).split(".")):
                yield f"the attribute {_text_of(argument)}"
    elif name in ("format", "format_map") and isinstance(function, ast.Attribute):
        if not isinstance(function.value, ast.Constant):
            yield "a format that is computed"
    elif name == "type" and len(arguments) == 3:
        yield "a class that is computed"


_BY_NAME = ("getattr", "hasattr", "attrgetter", "methodcaller")
_COMPUTED = "an attribute whose name is computed"


def _is_uncommon(name: str) -> bool:
    return bool(_DUNDER.match(name)) and name not in COMMON_DUNDERS


def _is_invisible(character: str) -> bool:
    return character > "\x7f" and unicodedata.category(character) in _INVISIBLE


def _text_of(constant: ast.Constant) -> str:
    return constant.value if isinstance(constant.value, str) else ""
