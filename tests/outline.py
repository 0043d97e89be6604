"""What help, candidates and completion scripts of Helm and ours have in common; the words are each one's own.

tests/support/outline.rs has the same rules.
"""
import re

HEADING = re.compile(rb"(Usage|Aliases|Available Commands|Flags|Global Flags):")
FLAG = re.compile(rb"  (?:-(\w), |    )(--[\w-]+)( \S+)? {2,}.*?( \(default [^()]*\))?")
SCRIPT = re.compile(rb"^#compdef \w+|\b__complete(?:NoDesc)?\b", re.M)


def outline(text):
    """The lines of a text that both programs print, without descriptions.

    Of help the usage, the names of commands and the flags with their types and defaults stay; of candidates
    the names and the directive; of a script what it asks the program.
    """
    lines = text.split(b"\n")
    if len(lines) > 1 and re.fullmatch(rb":\d+", lines[-2]):
        return b"\n".join(l.split(b"\t")[0] for l in lines)
    if any(map(HEADING.fullmatch, lines)):
        return usage(lines)
    if len(lines) > 9 and SCRIPT.search(text):
        return b"".join(sorted({m + b"\n" for m in SCRIPT.findall(text)}))
    return text


def usage(lines):
    section, kept = None, []
    for line in lines:
        heading = HEADING.fullmatch(line)
        if heading:
            section = heading[1]
        elif not line:
            section = None
        if heading or line.startswith((b"Use \"", b"Error", b"Unknown help topic")) or section in (b"Usage", b"Aliases") and line:
            kept.append(line)
        elif section == b"Available Commands":
            kept.append(b"  " + line.split()[0])
        elif section and line:
            flag = FLAG.fullmatch(line)
            if not flag:
                kept.append(line)
            else:
                kept.append(b"  " + (b"-" + flag[1] + b", " if flag[1] else b"") + flag[2] + (flag[3] or b"") + (flag[4] or b""))
    return b"\n".join(kept) + b"\n"
