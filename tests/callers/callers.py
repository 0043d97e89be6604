#!/usr/bin/env python3
"""Lets programs that call Helm call Helm and statefulchart, and compares what they make of it.

    tests/callers/callers.py HELM BINARY [kustomize|cdk8s|calls…]

What a caller prints must not depend on which of the two it called. What is not installed is fetched by name.
"""

import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "servers")]
import calls
import cdk8s
import kustomize
import scenarios
import servers

CALLERS = {"kustomize": kustomize, "cdk8s": cdk8s, "calls": calls}


def main():
    helm, binary, *chosen = sys.argv[1:]
    programs = [os.path.abspath(helm), os.path.abspath(binary)]
    servers.install()
    failed = 0
    with tempfile.TemporaryDirectory() as folder, servers.Servers(os.path.join(folder, "servers")) as running:
        names = scenarios.names(running)
        for name in chosen or CALLERS:
            place = os.path.join(folder, name)
            os.makedirs(place)
            compared, wrong = CALLERS[name].run(programs, place, names)
            for text in wrong:
                print(text)
            print(f"{name}: {compared - len(wrong)} of {compared} agree")
            failed += len(wrong) + (not compared)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
