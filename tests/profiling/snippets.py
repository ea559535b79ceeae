# ruff: noqa: E501 - a snippet in a line each
"""Hostile things that a candidate may try before it returns: each a few lines of Python in the body of `f(n: int)`.

`world` is the `World` of `hostile/attack.py`, filled in as text. What a snippet raises is caught, so that the candidate
goes on to return the right value, faster than the original: only if it is stopped or found out is it refused.
"""

from dataclasses import dataclass

FILES = {
    "delete the home folder": "import shutil; shutil.rmtree('{home}')",
    "read a private key": "return open('{key}').read()",
    "read a private key by a link": "import os; os.symlink('{home}', 'link'); return open('link/.ssh/id_rsa').read()",
    "read a private key by /proc": "return open('/proc/{engine}/root{key}').read()",
    "append to .bashrc": "open('{home}/.bashrc', 'a').write('echo x')",
    "replace the project's file": "import os; open('x', 'w').write('1'); os.replace('x', '{module}')",
    "truncate the project's file": "open('{module}', 'w')",
    "hard link into the project": "import os; os.link('{module}', 'linked'); open('linked', 'a').write('x')",
    "change modes": "import os; os.chmod('{home}', 0o777)",
    "change times": "import os; os.utime('{module}', (0, 0))",
    "make a file outside": "open('{outside}/new', 'w').write('x')",
    "shared memory": "open('/dev/shm/mine', 'w').write('x')",
    "write over the inputs": "import glob\nfor name in glob.glob('../inputs/*') + glob.glob('../**/inputs/*', recursive=True):\n    open(name, 'wb').write(b'')",
    "write over the module in the sandbox": "import cases; open(cases.__file__, 'w').write('')",
    "write over the worker": "import sys; worker = sys.modules['_speedproof_worker']; open(worker.__file__, 'w').write('')",
    "write to its own memory": "open('/proc/self/mem', 'wb').write(b'x')",
    "memory of the engine": "open('/proc/{engine}/mem', 'r+b').write(b'x')",
    "environment of the engine": "return open('/proc/{engine}/environ').read()",
}  # fmt: skip
NETWORK = {
    "TCP": "import socket; socket.create_connection(('127.0.0.1', {tcp_port}), 1).sendall(b'x')",
    "UDP": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {udp_port}))",
    "Unix socket": "import os, socket; os.chdir('{outside}'); socket.socket(socket.AF_UNIX).connect('stream')",
    "Unix datagram": "import socket; a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); a.sendto(b'x', '{outside}/datagram')",
    "abstract socket": "import socket; socket.socket(socket.AF_UNIX).connect('\\0{abstract_name}')",
    "netlink": "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "asyncio": "import asyncio\nasync def go():\n    await asyncio.open_connection('127.0.0.1', {tcp_port})\nasyncio.run(go())",
    "listen": "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()",
}  # fmt: skip
PROCESSES = {
    "fork bomb": "import os\nwhile True:\n    os.fork()",
    "a child that stays": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)",
    "run a program": "import subprocess; subprocess.run(['/bin/sh', '-c', 'echo x > {outside}/new'])",
    "run a program without audit": "import _posixsubprocess, os; _posixsubprocess.fork_exec([b'/bin/sh'], [b'/bin/sh'], True, (), None, None, -1, -1, -1, -1, -1, -1, *os.pipe(), False, False, 0, None, None, None, -1, None, False)",
    "become a program": "import os; os.execv('/bin/sh', ['sh', '-c', 'sleep 600'])",
    "kill the parent": "import os; os.kill(os.getppid(), 9)",
    "kill the group": "import os; os.killpg(0, 9)",
    "kill everybody": "import os; os.kill(-1, 9)",
    "kill the engine": "import os; os.kill({engine}, 9)",
    "kill a stranger": "import os; os.kill({victim}, 9)",
    "trace the parent": "import ctypes, os\nif ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0):\n    raise OSError",
    "a namespace of users": "import ctypes\nif ctypes.CDLL(None).unshare(0x10000000):\n    raise OSError",
    "multiprocessing": "import multiprocessing; multiprocessing.Process(target=print).start()",
    "threads without end": "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
    "a thread that works on": "import threading\ndef work():\n    while True:\n        pass\nthreading.Thread(target=work, daemon=True).start()",
    "end well at once": "import os; os._exit(0)",
    "end well later": "import os\nif n == 33:\n    os._exit(0)",
    "abort": "import os; os.abort()",
    "crash": "import ctypes; ctypes.string_at(0)",
    "an alarm": "import signal; signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)",
    "deaf to signals": "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\nwhile True:\n    time.sleep(1)",
    "raise the limits": "import resource; resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))",
    "lower the limits": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))",
    "exit handlers": "import atexit; atexit.register(lambda: open('{outside}/new', 'w'))",
}  # fmt: skip
RESOURCES = {
    "memory": "kept = []\nwhile True:\n    kept.append(bytearray(2 ** 25))",
    "disk": "with open('x', 'wb') as file:\n    while True:\n        file.write(bytes(2 ** 20))",
    "many files": "i = 0\nwhile True:\n    i += 1\n    open(str(i), 'w').write('x')",
    "output": "for _ in range(200):\n    print('x' * 1_000_000)",
    "raw output": "import os\nfor _ in range(200):\n    os.write(1, b'x' * 1_000_000)",
    "open files": "import os\nwhile True:\n    os.dup(0)",
    "no end": "while True:\n    pass",
    "no end in C": "return 10 ** (10 ** 9)",
    "deep recursion": "import sys\nsys.setrecursionlimit(10 ** 9)\ndef deeper(x):\n    return deeper(x + 1) + 1\nreturn deeper(0)",
    "an endless generator": "import itertools; return (i for i in itertools.count())",
    "a huge result": "return list(range(3 * 10 ** 6))",
    "a deep result": "made = []\nfor _ in range(10 ** 6):\n    made = [made]\nreturn made",
    "a huge repr": "class Big:\n    def __repr__(self):\n        return 'x' * 10 ** 9\nreturn Big()",
    "an endless repr": "class Slow:\n    def __repr__(self):\n        while True:\n            pass\nreturn Slow()",
    "sleep": "import time; time.sleep(600)",
}  # fmt: skip
CLOCKS_AND_COMPARISON = {
    "clocks that stand still": "import time\nfor name in ('time', 'perf_counter', 'process_time', 'monotonic', 'perf_counter_ns', 'process_time_ns'):\n    setattr(time, name, lambda: 0)",
    "an encoder that says the same": "import sys\nsys.modules['_speedproof_worker.encode'].encode = lambda *values: type('E', (), dict(digest='0' * 32, opaque=set()))()",
    "an observer that says the same": "import sys\nsys.modules['_speedproof_worker.tasks'].observe = lambda *a, **k: dict(outcome='return', error=None, seconds=0, mutates=False, lazy=False, aspects={{}})",
    "json that says the same": "import json\njson.dumps = lambda *a, **k: '{{\"outcome\": \"return\"}}'",
    "a wire that says the same": "import sys\nwire = sys.modules['_speedproof_worker.wire']\nsend = wire.send\nwire.send = lambda channel, message: send(channel, dict(message, outcome='return', aspects={{}}))",
    "pickles that say the same": "import pickle\npickle.loads = lambda blob: ((3,), {{}})",
    "built-ins that say the same": "import builtins\nbuiltins.sum = builtins.sorted = builtins.repr = lambda *a, **k: []",
    "hashes that say the same": "import hashlib\nhashlib.blake2b = hashlib.md5",
    "every descriptor closed": "import os; os.closerange(3, 256)",
    "a forged answer": "import os, struct, json\nbody = json.dumps(dict(end=True, state={{}})).encode()\nfor number in range(3, 64):\n    try:\n        os.write(number, struct.pack('!I', len(body)) + body)\n    except OSError:\n        pass",
    "a forged 'done'": "import os\nfor number in range(3, 64):\n    try:\n        os.write(number, b'd')\n    except OSError:\n        pass",
    "garbage on the wire": "import os\nfor number in range(3, 64):\n    try:\n        os.write(number, b'\\xff' * 9999)\n    except OSError:\n        pass",
    "the order read before the worker": "import os, socket\nfor number in range(3, 64):\n    try:\n        socket.socket(fileno=os.dup(number)).recv(9999, socket.MSG_DONTWAIT)\n    except OSError:\n        pass",
    "frames of the worker": "import sys\nframe = sys._getframe()\nwhile frame:\n    for name, value in list(frame.f_locals.items()):\n        if isinstance(value, dict):\n            value.clear()\n    frame = frame.f_back",
    "every object in memory": "import gc\nfor made in gc.get_objects():\n    if isinstance(made, dict) and 'places' in made:\n        made.clear()",
    "a trace function": "import sys; sys.settrace(lambda *a: None)",
    "an import hook": "import sys; sys.meta_path.insert(0, type('Hook', (), dict(find_spec=lambda *a: 1 / 0)))",
    "modules gone": "import sys; sys.modules.clear()",
    "a module of the worker's name": "import sys, types; sys.modules['_speedproof_worker.tasks'] = types.ModuleType('x')",
    "standard output replaced": "import sys, io; sys.stdout = sys.__stdout__ = io.StringIO()",
    "working folder": "import os; os.chdir('/usr')",
}  # fmt: skip
RESULTS_THAT_LIE = {
    "equal to everything": "class A(int):\n    def __eq__(self, other):\n        return True\n    __hash__ = int.__hash__\nreturn A(7)",
    "of another class, by its own account": "class A:\n    __class__ = int\nreturn A()",
    "pickled as the right one": "class A:\n    def __reduce_ex__(self, p):\n        return int, (square_sum(n),)\nreturn A()",
    "a metaclass that calls it int": "class M(type):\n    __name__ = 'int'\n    __module__ = 'builtins'\nclass A(int, metaclass=M):\n    pass\nreturn A(7)",
    "an int with another text": "class A(int):\n    def __repr__(self):\n        return str(square_sum(n))\n    __index__ = __int__ = lambda self: square_sum(n)\nreturn A(7)",
    "made right when it is deleted": "class A(list):\n    def __del__(self):\n        pass\nreturn A()",
    "a float that rounds to it": "return float(square_sum(n))",
    "a promise of it": "return lambda: square_sum(n)",
}  # fmt: skip
TEXTS = {
    "text that runs backwards": "return square_sum(n)  # \u202e )n(mus_erauqs nruter",
    "an invisible letter": "square\u200bsum = 1" if False else "return square_sum(n)  # a\u200bb",
}  # fmt: skip
TO_THE_ENGINE = "import os, struct\nfor number in range(3, 64):\n    try:\n        os.write(number, {0})\n    except OSError:\n        pass"
THE_ENGINE = {
    "a frame that nests without end": TO_THE_ENGINE.format("struct.pack('!I', 300000) + b'[' * 300000"),
    "a frame that never ends": "import os, struct, time\nfor number in range(3, 64):\n    try:\n        os.write(number, struct.pack('!I', 10 ** 7))\n        while True:\n            os.write(number, b' ')\n            time.sleep(0.05)\n    except OSError:\n        pass",
    "a frame with a number that is none": TO_THE_ENGINE.format("struct.pack('!I', 29) + b'{{\"input\": 0, \"seconds\": NaN}}'"),
    "descriptors sent to the engine": "import os, socket\nfor number in range(3, 64):\n    try:\n        socket.send_fds(socket.socket(fileno=os.dup(number)), [b'x'], [0] * 200)\n    except OSError:\n        pass",
    "the channel shut": "import os, socket\nfor number in range(3, 64):\n    try:\n        socket.socket(fileno=os.dup(number)).shutdown(2)\n    except OSError:\n        pass",
    "the channel no longer waits": "import os\nfor number in range(3, 64):\n    try:\n        os.set_blocking(number, False)\n    except OSError:\n        pass",
    "answers from a thread": "import os, struct, threading, time\ndef speak():\n    time.sleep(0.001)\n    for number in range(3, 64):\n        try:\n            os.write(number, struct.pack('!I', 2) + b'{{}}')\n        except OSError:\n            pass\nthreading.Thread(target=speak).start()",
    "the end from a thread": "import os, threading; threading.Timer(0.001, os._exit, (0,)).start()",
}  # fmt: skip
THE_WORKER = {
    "the encoder's own code": "import sys\nencode = sys.modules['_speedproof_worker.encode'].encode\nencode.__code__ = (lambda *values: type('E', (), dict(digest='0' * 32, opaque=set(), parts=[]))()).__code__",
    "the class of the worker's objects": "import gc\nfor made in gc.get_objects():\n    if type(made).__name__ in ('ModuleState', 'RawOutput', 'Folder', 'Surroundings'):\n        made.__class__ = type('Quiet', (type(made),), dict(changes=lambda self: {{}}, take=lambda self: []))",
    "the locals of the observer": "import ctypes, sys\nframe = sys._getframe()\nwhile frame:\n    for name in ('outcome', 'before', 'folder'):\n        if name in frame.f_locals:\n            frame.f_locals[name] = None\n            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))\n    frame = frame.f_back",
    "methods of built-in types": "import ctypes, gc\nfor kind in (dict, list, str, bytes):\n    for name, value in (('items', lambda self: []), ('join', lambda self, parts: self)):\n        gc.get_referents(kind.__dict__)[0][name] = value\n    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))",
    "one number made another": "import ctypes\nctypes.c_uint32.from_address(id(5) + 24).value = 6",
    "an audit hook that raises": "import sys\ndef hook(*event):\n    raise RuntimeError\nsys.addaudithook(hook)",
    "a collector's callback": "import gc\ndef called(*event):\n    raise SystemExit\ngc.callbacks.append(called)\ngc.collect()",
    "a finalizer that comes later": "import gc, sys\nclass Late:\n    def __del__(self):\n        sys.modules['_speedproof_worker.observe'].encode = lambda *values: None\nlate = Late()\nlate.itself = late\ndel late\ngc.set_threshold(1)",
    "how things are copied": "import copyreg\nfor kind in (int, list, dict, str):\n    copyreg.dispatch_table[kind] = lambda value: (int, (7,))",
    "a profile function": "import sys, threading\nsys.setprofile(lambda *event: None)\nthreading.setprofile(lambda *event: None)",
    "the size of a frame's header": "import struct, sys\nsys.modules['_speedproof_worker.wire'].HEADER = struct.Struct('!Q')",
    "methods of sockets": "import socket\nsocket.socket.sendall = lambda self, data: None",
    "the words of the clock": "import sys\nfor name in ('READY', 'GO', 'DONE'):\n    setattr(sys.modules['_speedproof_worker.timed'], name, b'd')",
    "monitoring taken": "import sys\nfor number in range(6):\n    try:\n        sys.monitoring.use_tool_id(number, 'mine')\n    except ValueError:\n        pass",
}  # fmt: skip
THE_SCRATCH_FOLDER = {
    "a pipe with a name": "import os; os.mkfifo('pipe')",
    "a link to what never ends": "import os; os.symlink('/dev/zero', 'zeros')",
    "the project's link replaced": "import os\nos.unlink('cases.py')\nos.symlink('{key}', 'cases.py')",
    "a hard link to the inputs": "import glob, os\nfor number, name in enumerate(glob.glob('../inputs/*') + glob.glob('../../inputs/*')):\n    os.link(name, str(number))",
    "a folder that nobody may enter": "import os; os.makedirs('a/b'); os.mkdir('a/c', 0)",
    "folders without end": "import os\nfor _ in range(1200):\n    os.mkdir('d')\n    os.chdir('d')",
    "a name that is no text": "open(b'\\xff\\xfe'.decode('utf-8', 'surrogateescape'), 'w').close()",
    "a file of holes": "open('holes', 'w').close()\nimport os\nos.truncate('holes', 60 * 2 ** 20)",
    "a folder in the place of another child's": "import os\nos.mkdir('../child9999')",
}  # fmt: skip
SNIPPETS = {
    **FILES, **NETWORK, **PROCESSES, **RESOURCES, **CLOCKS_AND_COMPARISON, **RESULTS_THAT_LIE, **TEXTS,
    **THE_ENGINE, **THE_WORKER, **THE_SCRATCH_FOLDER,
}  # fmt: skip


@dataclass(frozen=True)
class Cheat:
    """A whole candidate that is right when it is compared, and quick but wrong, or without work, when it is timed."""

    candidate: str
    only_by_its_text: bool = False
    """Nothing that it does gives it away: its means do, before it runs."""


SLOW = "sum([i * i for i in range(n % 400)])"
PHASES = {
    "right at first": Cheat(f"calls = [0]\ndef f(n: int):\n    calls[0] += 1\n    return {SLOW} if calls[0] < 900 else 0"),
    "counts where nobody looks": Cheat(f"import itertools\ncounter = itertools.count()\ndef f(n: int):\n    return {SLOW} if next(counter) < 900 else 0"),
    "counts in a generator": Cheat(f"def steps():\n    while True:\n        yield\nstep = steps()\ndef f(n: int):\n    next(step)\n    return {SLOW}"),
    "counts on a class of the library": Cheat(f"import collections\ncollections.ChainMap.calls = 0\ndef f(n: int):\n    collections.ChainMap.calls += 1\n    return {SLOW} if collections.ChainMap.calls < 900 else 0"),
    "counts in a closure": Cheat(f"def make():\n    calls = 0\n    def count():\n        nonlocal calls\n        calls += 1\n        return calls\n    return count\ncount = make()\ndef f(n: int):\n    return {SLOW} if count() < 900 else 0"),
    "right under a collector": Cheat(f"import gc\ndef f(n: int):\n    return {SLOW} if gc.isenabled() else 0"),
    "right where output is caught": Cheat(f"import sys\ndef f(n: int):\n    return {SLOW} if type(sys.stdout).__name__ == '_Capture' else 0"),
    "right where warnings are caught": Cheat(f"import warnings\ndef f(n: int):\n    return {SLOW} if warnings.filters[0][0] == 'always' else 0"),
    "right under a log": Cheat(f"import logging\ndef f(n: int):\n    return {SLOW} if logging.root.level == 1 else 0"),
    "right below a name": Cheat(f"import sys\ndef f(n: int):\n    return 0 if sys._getframe(1).f_code.co_name == '_plain_batch' else {SLOW}"),
    "right below a name, by a traceback": Cheat(f"def f(n: int):\n    try:\n        raise KeyError\n    except KeyError as e:\n        name = e.__traceback__.tb_frame.f_back.f_code.co_name\n    return 0 if name == '_plain_batch' else {SLOW}"),
    "right below a name, by a format": Cheat(f"def f(n: int):\n    try:\n        raise KeyError\n    except KeyError as e:\n        text = '{{0.__traceback__.tb_frame.f_back}}'.format(e)\n    return 0 if '_plain_batch' in text else {SLOW}"),
    "right below a name, by a pattern": Cheat(f"def f(n: int):\n    try:\n        raise KeyError\n    except KeyError as e:\n        match e:\n            case KeyError(__traceback__=trace):\n                text = repr(trace)\n    return {SLOW}"),
    "right at one depth": Cheat(f"def depth():\n    try:\n        return depth() + 1\n    except RecursionError:\n        return 0\ndef f(n: int):\n    return {SLOW} if depth() % 2 else 0"),
    "right for a second": Cheat(f"import time\nstart = time.monotonic()\ndef f(n: int):\n    return {SLOW} if time.monotonic() < start + 1 else 0"),
    "right by chance": Cheat(f"import random\nown = random.Random()\ndef f(n: int):\n    return {SLOW} if own.random() > 0.02 else 0"),
    "right on many cores": Cheat(f"import os\ndef f(n: int):\n    return {SLOW} if len(os.sched_getaffinity(0)) == os.cpu_count() else 0"),
    "right with as much frozen": Cheat(f"import gc\nfrozen = gc.get_freeze_count()\ndef f(n: int):\n    return {SLOW} if gc.get_freeze_count() == frozen else 0"),
    "right where output goes to a file": Cheat(f"import os, stat\ndef f(n: int):\n    return {SLOW} if os.lseek(1, 0, 1) >= 0 and os.fstat(1).st_nlink == 0 else 0"),
    "right where it is referred to as often": Cheat(f"import sys\ncounts = []\ndef f(n: int):\n    counts.append(sys.getrefcount(n))\n    return {SLOW} if counts[-1] == counts[0] else 0"),
    "right while few objects live": Cheat(f"import sys\nmany = sys.getallocatedblocks() + 200\ndef f(n: int):\n    return {SLOW} if sys.getallocatedblocks() > many else 0"),
    "right where little is open": Cheat(f"import os\ndef f(n: int):\n    number = os.dup(0)\n    os.close(number)\n    return {SLOW} if number != 4 else 0"),
    "right under a tracer": Cheat(f"import sys\ndef f(n: int):\n    return {SLOW} if sys.gettrace() or hasattr(sys, 'monitoring') and sys.monitoring.get_tool(1) else 0"),
    "right at one address": Cheat(f"def f(n: int):\n    return {SLOW} if id([]) // 16 % 16 != 3 else 0"),
    "right where it has waited": Cheat(f"import resource\nlast = [0]\ndef f(n: int):\n    waits = resource.getrusage(0).ru_nvcsw\n    last[0], before = waits, last[0]\n    return {SLOW} if waits != before else 0"),
    "right for another object": Cheat(f"def steps():\n    last, result = None, None\n    while True:\n        n = yield result\n        result, last = (0 if n is last else {SLOW}), n\nstep = steps()\nnext(step)\ndef f(n: int):\n    return step.send(n)"),
    "right after a pause": Cheat(f"import time\nlast = [0.0]\ndef f(n: int):\n    now = time.perf_counter()\n    last[0], before = now, last[0]\n    return {SLOW} if now - before > 50e-6 else 0"),
    "answers for the worker, where it is timed": Cheat(
        "import gc, os, struct\nbody = b'{\"blocked\": \"x\", \"kept_blocks\": null, \"error\": null}'\ndef speak():\n    for number in range(3, 64):\n        try:\n"
        "            os.write(number, b'd' + struct.pack('!I', len(body)) + body)\n        except OSError:\n            pass\n    return 0\n"
        f"def f(n: int):\n    return {SLOW} if gc.isenabled() else speak()"
    ),
    "ends where it is timed": Cheat(f"import gc, os\ndef f(n: int):\n    return {SLOW} if gc.isenabled() else os._exit(0)"),
    "speaks before it is asked": Cheat(
        "import gc, os, struct\nbody = b'{\"sizes\": 3, \"peak\": \"x\"}'\nfor number in range(3, 64):\n    try:\n        os.write(number, struct.pack('!I', len(body)) + body)\n    except OSError:\n        pass\n"
        "def f(n: int):\n    return square_sum(n)"
    ),
    "all but the last call of a batch": Cheat(
        f"import sys\ndef f(n: int):\n    caller = sys._getframe(1)\n    if caller.f_code.co_name != '_plain_batch':\n        return {SLOW}\n"
        f"    state = caller.f_globals.setdefault('_state', [0])\n    state[0] += 1\n    loops = caller.f_locals.get('loops', 1)\n"
        f"    return {SLOW} if state[0] % loops == 0 else 0",
        only_by_its_text=True,
    ),
}  # fmt: skip
