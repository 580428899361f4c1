"""Rooms may include what their link line names, and nothing else.

A room is a folder with a CMakeLists.txt that calls causeway_room; its LINKS are the permission. A folder
within a room that has no CMakeLists.txt is a part of it, such as edge_proxy/s2s/features. This
test compares them with the #include lines of common/, edge_proxy/ and frontend_gateway/, and knows the
few rules that a link line cannot say. Run: /usr/bin/python3 tests/layers_test.py
"""

import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOORS = {
    "common": {"common"},
    "edge_proxy": {"common", "edge_proxy"},
    "frontend_gateway": {"common", "frontend_gateway"},
}
OURS = FLOORS.keys() | {"tests"}  # Abseil asks for quotes too
# (which headers, the files that may include them, why)
RESERVED = [
    # Two libraries with the same headers' names: BoringSSL there, Debian's OpenSSL, which is libre's, here.
    # No program links both.
    (re.compile(r"<openssl/"), re.compile(r"(edge_proxy/tls/[^/]+|frontend_gateway/sip/(tls|digest))\.cc"),
     "TLS libraries are for edge_proxy/tls/*.cc and frontend_gateway/sip/{tls,digest}.cc only"),
    (re.compile(r"<re([./]|_)"), re.compile(r"frontend_gateway/sip/.*"),
     "libre is for frontend_gateway/sip only"),
    (re.compile(r"<(grpcpp|grpc)/|\.grpc\.pb\.h\""), re.compile(r".*/(link|rpc|admin)/[^/]+"),
     "gRPC is for link, rpc and admin rooms only"),
]
INCLUDE = re.compile(r"^\s*#\s*include\s+([<\"][^>\"]+[>\"])", re.MULTILINE)
COMMENT = re.compile(r"#.*$", re.MULTILINE)
CALL = re.compile(r"\b(causeway_room|target_link_libraries)\s*\(([^)]*)\)")
KEYWORDS = {"SOURCES", "LINKS", "PUBLIC", "PRIVATE", "INTERFACE"}


def links_of(folder):
    """What the CMakeLists.txt of the folder links, or None where it makes no target."""
    cmake = folder / "CMakeLists.txt"
    if not cmake.exists():
        return None
    calls = CALL.findall(COMMENT.sub("", cmake.read_text()))
    words = set()
    for command, arguments in calls:
        listed = arguments.split()
        if command == "target_link_libraries":
            listed = listed[1:]
        else:
            listed = listed[listed.index("LINKS"):] if "LINKS" in listed else []
        words.update(word for word in listed if word not in KEYWORDS)
    return words if calls else None


def room_of(folder, root):
    """The room that the folder belongs to: itself, or the one around it."""
    relative = folder.relative_to(root)
    while len(relative.parts) > 2 and not (root / relative / "CMakeLists.txt").exists():
        relative = relative.parent
    return relative.as_posix()


def owners_of(header, root):
    """The targets of which one must be linked for a header of ours."""
    if header.endswith(".grpc.pb.h"):
        return ("causeway_proto_grpc",)
    if header.endswith(".pb.h"):
        return ("causeway_proto", "causeway_proto_grpc")
    return (room_of(root / header.rpartition("/")[0], root).replace("/", "_"),)


def wrongs_of_include(path, room, include, links, root):
    for headers, allowed, why in RESERVED:
        if headers.search(include) and not allowed.fullmatch(path):
            yield why
    header = include.strip('"<>')
    top = header.split("/")[0]
    floor = path.split("/")[0]
    owners = owners_of(header, root)
    if include.startswith("<") or top not in OURS | {"causeway", header}:
        return
    if top == header:
        yield "includes are written from the root of the repository"
    elif top in OURS - FLOORS[floor]:
        yield f"{floor} may not include {top}"
    elif room.replace("/", "_") not in owners and not links.intersection(owners):
        yield f"{owners[0]} is not in the LINKS of {room}"


def wrongs(root):
    """Every breach, as "file: #include ...: why"."""
    found = []
    for floor in FLOORS:
        for file in sorted((root / floor).rglob("*")):
            if file.suffix not in (".h", ".cc"):
                continue
            path = file.relative_to(root).as_posix()
            room = room_of(file.parent, root)
            links = links_of(root / room)
            if links is None:
                found.append(f"{path}: its folder has no target")
                continue
            for include in INCLUDE.findall(file.read_text()):
                found += [f"{path}: #include {include}: {why}"
                          for why in wrongs_of_include(path, room, include, links, root)]
    return found + circles(root)


def circles(root):
    """Rooms that need each other: neither can be read, or tested, first."""
    rooms = {}
    for floor in FLOORS:
        for cmake in (root / floor).rglob("CMakeLists.txt"):
            name = cmake.parent.relative_to(root).as_posix().replace("/", "_")
            rooms[name] = links_of(cmake.parent) or set()
    found, done = [], set()

    def visit(name, way):
        if name in way:
            found.append("circle: " + " -> ".join(way[way.index(name):] + [name]))
        elif name not in done:
            for link in sorted(rooms[name] & rooms.keys()):
                visit(link, way + [name])
            done.add(name)

    for name in sorted(rooms):
        visit(name, [])
    return found


class TheTree(unittest.TestCase):
    def test_every_include_is_permitted(self):
        self.assertEqual(wrongs(ROOT), [], "\n" + "\n".join(wrongs(ROOT)))

    def test_the_tree_was_found(self):
        self.assertGreater(len(list(ROOT.glob("common/*/*.cc"))), 5)


SOUND = {
    "common/a/CMakeLists.txt": "causeway_room(SOURCES a.cc LINKS causeway_proto)",
    "common/a/a.h": '#pragma once\n#include <string>\n#include "causeway/v1/link.pb.h"\n',
    "common/a/a.cc": '#include "common/a/a.h"\n',
    "common/b/CMakeLists.txt": "causeway_room(\n  SOURCES b.cc\n  LINKS common_a  # why\n)",
    "common/b/b.cc": '#include "common/a/a.h"\n',
    "edge_proxy/CMakeLists.txt":
        "add_subdirectory(tls)\nadd_executable(edge_proxy main.cc)\n"
        "target_link_libraries(edge_proxy PRIVATE edge_proxy_tls)\n",
    "edge_proxy/main.cc": '#include "edge_proxy/tls/t.h"\n',
    "edge_proxy/tls/CMakeLists.txt": "causeway_room(SOURCES t.cc LINKS common_a)",
    "edge_proxy/tls/t.h": '#include "common/a/a.h"\n',
    "edge_proxy/tls/t.cc": "#include <openssl/ssl.h>\n#include \"edge_proxy/tls/parts/p.h\"\n",
    "edge_proxy/tls/parts/p.h": '#include "edge_proxy/tls/t.h"\n#include "common/a/a.h"\n',
    "frontend_gateway/link/CMakeLists.txt": "causeway_room(SOURCES l.cc LINKS causeway_proto_grpc)",
    "frontend_gateway/link/l.cc":
        '#include <grpcpp/grpcpp.h>\n#include "causeway/v1/link.grpc.pb.h"\n',
    "frontend_gateway/sip/CMakeLists.txt": "causeway_room(SOURCES s.cc LINKS PkgConfig::RE)",
    "frontend_gateway/sip/s.cc": "#include <re/re.h>\n#include <regex>\n#include \"absl/time/time.h\"\n",
}

# What is changed in the sound tree, and what must be said then.
BREACHES = [
    ({"common/b/CMakeLists.txt": "causeway_room(SOURCES b.cc)"}, "common_a is not in the LINKS"),
    ({"common/b/CMakeLists.txt": "causeway_room(SOURCES b.cc)  # LINKS common_a"},
     "common_a is not in the LINKS"),
    ({"common/a/a.h": '#include "edge_proxy/tls/t.h"\n'}, "common may not include edge_proxy"),
    ({"common/a/a.h": '#include "tests/support/run.h"\n'}, "common may not include tests"),
    ({"edge_proxy/tls/t.h": '#include "frontend_gateway/sip/s.h"\n'},
     "edge_proxy may not include frontend_gateway"),
    ({"frontend_gateway/sip/s.cc": '#include "edge_proxy/tls/t.h"\n'},
     "frontend_gateway may not include edge_proxy"),
    ({"edge_proxy/tls/t.cc": '  #  include "t.h"\n'}, "from the root of the repository"),
    ({"edge_proxy/tls/t.cc": '#include "causeway/v1/link.pb.h"\n'}, "causeway_proto is not in"),
    ({"edge_proxy/main.cc": '#include "common/a/a.h"\n'}, "common_a is not in the LINKS"),
    ({"edge_proxy/tls/t.h": "#include <openssl/ssl.h>\n"}, "TLS libraries are for"),
    ({"common/a/a.cc": "#include <openssl/evp.h>\n"}, "TLS libraries are for"),
    ({"edge_proxy/tls/parts/p.h": '#include "common/b/b.h"\n'}, "common_b is not in the LINKS of"),
    ({"edge_proxy/main.cc": '#include "edge_proxy/tls/parts/p.h"\n',
      "edge_proxy/CMakeLists.txt": "add_executable(edge_proxy main.cc)\n"
                                   "target_link_libraries(edge_proxy PRIVATE common_a)\n"},
     "edge_proxy_tls is not in the LINKS"),
    ({"frontend_gateway/link/l.cc": "#include <re.h>\n"}, "libre is for"),
    ({"common/a/a.cc": "#include <re/re_sip.h>\n"}, "libre is for"),
    ({"common/a/a.cc": "#include <grpcpp/channel.h>\n"}, "gRPC is for"),
    ({"frontend_gateway/sip/s.cc": '#include "causeway/v1/link.grpc.pb.h"\n'}, "gRPC is for"),
    ({"common/c/c.h": "#pragma once\n"}, "its folder has no target"),
    ({"common/a/CMakeLists.txt": "causeway_room(SOURCES a.cc LINKS causeway_proto common_b)"},
     "circle: common_a -> common_b -> common_a"),
]


class TheTest(unittest.TestCase):
    def wrongs_in(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            return wrongs(root)

    def test_a_sound_tree_passes(self):
        self.assertEqual(self.wrongs_in(SOUND), [])

    def test_each_breach_is_found(self):
        for change, said in BREACHES:
            with self.subTest(change=change):
                found = self.wrongs_in(SOUND | change)
                self.assertTrue(any(said in wrong for wrong in found), found)


if __name__ == "__main__":
    unittest.main()
