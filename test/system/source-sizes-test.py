#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What .ci/check-tree.py counts: every class and struct that does something, and every line that is no table."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / ".ci"))
sys.dont_write_bytecode = True

from source_sizes import measure  # noqa: E402

MEMBERS = "".join(f"    int m_a{i}{{0}};\n" for i in range(50))
FLAGS = "".join(f"    bool m_b{i}{{false}};\n" for i in range(12))


def only_class(text):
    classes = measure(text)[1]
    assert len(classes) == 1, classes
    return classes[0]


def longest(text):
    return max((function.length for function in measure(text)[0]), default=0)


def check(sentence, holds):
    print(("ok: " if holds else "FAILED: ") + sentence)
    return holds


def main():
    inline = f"class A\n{{\n  public:\n    void Run();\n\n  private:\n    int Half(int x)\n    {{\n        return x / 2;\n    }}\n{MEMBERS}{FLAGS}}};\n"
    implicit = f"class A\n{{\n    int m_first;\n{MEMBERS}\n  public:\n    int Get() const;\n}};\n"
    struct = f"struct A\n{{\n{MEMBERS}\n    int Sum() const\n    {{\n        return m_a0;\n    }}\n}};\n"
    record = f"struct A\n{{\n    A() = default;\n    explicit A(int x);\n{MEMBERS}    void (*call)(int);\n    std::function<int(int)> f;\n}};\n"
    rows = "".join(f'        {{"name{i}", {i}}},\n' for i in range(180))
    values = f"void\nF()\n{{\n    const Row rows[] = {{\n{rows}    }};\n    Use(rows);\n}}\n"
    lambdas = "".join(f'        {{"name{i}",\n         [](int x) {{\n             return x + {i};\n         }}}},\n'
                      for i in range(60))
    code = f"void\nF()\n{{\n    const Row rows[] = {{\n{lambdas}    }};\n    Use(rows);\n}}\n"
    body = "".join(f"             x += {i};\n" for i in range(120))
    one = f"const Row kRows[] = {{\n    {{\"a\",\n         [](int x) {{\n{body}             return x;\n         }}}},\n}};\n"
    results = [
        check("a private section that begins with an inline function counts",
              only_class(inline).methods == 2 and only_class(inline).members == 62
              and only_class(inline).flags == 12),
        check("members that are private without a word count",
              only_class(implicit).methods == 1 and only_class(implicit).members == 51),
        check("a struct with a member function counts", only_class(struct).methods == 1),
        check("a record that can only be made and holds callables does not",
              only_class(record).methods == 0),
        check("a table of values is no code", longest(values) < 20),
        check("the lambdas of a table are", longest(code) > 150),
        check("a long lambda in a table outside all functions is a long function", longest(one) > 100),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
