# SPDX-License-Identifier: GPL-2.0-only
"""How long the functions of a C++ source are, and how many members its classes have.

A small reader of braces, for the formatted sources of this tree: no preprocessor conditionals that
split a brace pair. A brace is a namespace, a class, a function or something inside one of them, by
the words before it. The lines of a table do not count for the function it stands in, those of the
lambdas in it do.
"""

import re
from collections import namedtuple

Function = namedtuple("Function", "name line length")
Class = namedtuple("Class", "name line members flags methods")

_SKIPPED = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\''
    r"|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
    re.S | re.M,
)
_CLASS = re.compile(r"^(?:template\s*<.*>\s*)?(?:class|struct|union)\b(?:\s+HS_PUBLIC\b)?\s*([\w:]*)")
_FUNCTION_END = re.compile(r"(?:\)|\b(?:const|override|final|noexcept|try)|->\s*[\w:<>*& ]+|\]|})\s*$")
_ACCESS = re.compile(r"\b(?:public|protected|private)\s*:(?!:)")
_LAMBDA = re.compile(r"(?<![\w\])])\[[^\[\]]*\]\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?\s*(?:mutable\s*)?"
                     r"(?:noexcept\s*)?(?:->[\w:<>*&, ]+)?\s*$")
_NO_MEMBER = re.compile(r"^(?:using|typedef|friend|static|template|enum|class|struct|union)\b")


def _blank(match):
    """What stands in the place of comments, strings and directives: as many lines, no braces."""
    text = match.group(0)
    return ("0" if text[0] in "\"'R" else "") + "\n" * text.count("\n")


def _without_arguments(text):
    """A declaration without what stands in angle brackets."""
    while True:
        shorter = re.sub(r"<[^<>]*>", "", text)
        if shorter == text:
            return text
        text = shorter


def _members(statement):
    """How many data members a statement in a class declares, and how many of them are flags."""
    text = _without_arguments(_ACCESS.sub("", statement)).strip()
    text = re.sub(r"\balignas\s*\([^)]*\)", "", text).strip()
    declared = re.split(r"[={\[]", text, maxsplit=1)[0]
    if not text or _NO_MEMBER.match(text) or "operator" in text:
        return 0, 0
    if "(" in declared and not re.search(r"\(\s*\*", declared):
        return 0, 0
    count = 1 + len(re.findall(r",\s*\w+", re.sub(r"{}|\([^)]*\)", "", text)))
    return count, count if re.match(r"(?:mutable\s+)?bool\b", declared) else 0


def is_method(head, owner):
    """Whether \\p head, in a class called \\p owner, begins a function that is more than making one."""
    text = re.sub(r"\[\[[^]]*\]\]", "", _without_arguments(_ACCESS.sub("", head))).strip()
    declared = re.split(r"[={\[]", text, maxsplit=1)[0]
    found = re.search(r"([\w~]+)\s*\(", declared)
    return bool(found and not re.match(r"(?:using|typedef|friend|static_assert)\b", text)
                and "operator" not in text and not re.search(r"\(\s*\*", declared)
                and found.group(1).lstrip("~") not in {owner, "alignas", "decltype"})


class _Scope:
    def __init__(self, kind, name, line):
        self.kind, self.name, self.line = kind, name, line
        self.members = self.flags = self.methods = self.table = self.code = 0


def _kind_of(head, outer):
    """What a brace after \\p head opens in a scope of kind \\p outer."""
    if outer in {"table", "list"}:
        return "code" if _LAMBDA.search(head) else "list"
    if outer in {"function", "code", "inside"}:
        # A table: a list of values, as in "const Row rows[] = {"; not a block and not a lambda.
        is_list = re.search(r"(?:\w|=|\]|>)\s*$", head) and not re.search(
            r"\b(?:else|do|try|mutable)\s*$|->[\w:<>*& ]+$|\[[^\]]*\]\s*$", head)
        return "table" if outer == "function" and is_list else "inside"
    if re.search(r"\bnamespace\b", head) or head.strip() in {"extern", "extern 0"}:
        return "namespace"
    if re.search(r"\benum\b", head):
        return "inside"
    if _CLASS.match(head) and "(" not in _without_arguments(head) and "=" not in head:
        return "class"
    if "=" in head and _LAMBDA.search(head):
        return "code"
    return "function" if "(" in head and _FUNCTION_END.search(head) and not re.search(
        r"[^=!<>]=\s*(?!default|delete)\S*\s*$", head) else "list"


def _name_of(head):
    found = re.search(r"([\w:~]*(?:operator[^\s(]*|[\w~]+))\s*\(", head)
    return found.group(1) if found else head.strip()[:40]


def measure(text):
    """The functions and the classes of a source, in no particular order."""
    text = _SKIPPED.sub(_blank, text)
    functions, classes = [], []
    scopes = [_Scope("namespace", "", 1)]
    head, line, head_line = "", 1, 1
    heads = []
    for char in text:
        if not head.strip():
            head_line = line
        if char == "{":
            kind = _kind_of(_ACCESS.sub("", head).strip(), scopes[-1].kind)
            name = (_CLASS.match(_ACCESS.sub("", head).strip()).group(1) if kind == "class"
                    else _name_of(_ACCESS.sub("", head)))
            if kind == "function" and scopes[-1].kind == "class":
                scopes[-1].methods += is_method(head, scopes[-1].name)
            heads.append((head, head_line))
            scopes.append(_Scope(kind, name, head_line if kind in {"function", "class"} else line))
            head = ""
        elif char == "}" and len(scopes) > 1:
            scope = scopes.pop()
            before, head_line = heads.pop()
            head = ""
            if scope.kind == "function":
                functions.append(Function(scope.name, scope.line, line - scope.line + 1 - scope.table))
            elif scope.kind == "class":
                classes.append(Class(scope.name, scope.line, scope.members, scope.flags,
                                     scope.methods))
            elif scope.kind == "table":
                scopes[-1].table += line - scope.line + 1 - scope.code if line > scope.line + 1 else 0
                head = before + "{}"
            elif scope.kind == "code":
                length = line - scope.line + 1
                functions.append(Function(f"lambda in {scopes[-1].name}", scope.line, length - scope.table))
                for table in scopes[::-1]:
                    table.code += length
                    if table.kind not in {"list", "code"}:
                        break
                head = before + "{}" if scopes[-1].kind in {"class", "namespace"} else ""
            elif scopes[-1].kind in {"class", "namespace"} and scope.kind in {"inside", "list"}:
                head = before + "{}"
        elif char == ";":
            if scopes[-1].kind == "class":
                scopes[-1].methods += is_method(head, scopes[-1].name)
                members, flags = _members(head)
                scopes[-1].members += members
                scopes[-1].flags += flags
            head = ""
        else:
            head += char
        line += char == "\n"
    return functions, classes
