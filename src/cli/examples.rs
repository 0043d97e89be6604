//! Holds the command lines that end the help of commands.

/// Commands by the words that lead to them, with command lines without the program's name. The empty
/// words lead to the program itself.
const EXAMPLES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "create my-app && @NAME@ template web my-app",
            "template web ./chart -f prod.yaml --set image.tag=2.1",
            "lint ./chart",
        ],
    ),
    (
        "kubeconform",
        &["kubeconform -summary manifests/", "template web ./chart | @NAME@ kubeconform -strict -"],
    ),
    (
        "unittest",
        &[
            "unittest ./chart",
            "unittest -f 'tests/**/*_test.yaml' -t JUnit -o results.xml ./chart",
            "unittest --coverage --fail-under 80 ./chart",
            "unittest --watch ./chart",
        ],
    ),
    (
        "validate",
        &[
            "validate ./chart --kube-version 1.27..1.37 --values 'ci/*'",
            "template web ./chart | @NAME@ validate -",
            "validate ./chart --disable SC815 --baseline known.json",
        ],
    ),
    (
        "why",
        &[
            "why ./chart StatefulSet/web spec.replicas",
            "why ./chart -f prod.yaml deploy/web 'spec.template.spec.containers[web].image'",
            "why ./chart --search 0.0.0.0",
        ],
    ),
    ("compat", &["compat ./chart --to 4.3", "compat charts/* -o json"]),
    (
        "coverage",
        &[
            "coverage ./chart --values 'ci/*'",
            "coverage ./chart --values 'ci/*' --fail-under 80 -o lcov --output-file lcov.info",
            "coverage ./chart --values 'ci/*' -o html --output-file coverage.html",
        ],
    ),
    ("create", &["create my-db", "create nightly --kind job"]),
    (
        "diff",
        &[
            "diff ./chart-1.0 ./chart-1.1 -f prod.yaml",
            "diff ./chart --to-set image.tag=2.1",
            "diff ./chart --from main -f base.yaml --values 'ci/*.yaml'",
            "diff --from origin/main -o markdown",
            "diff upgrade web ./chart --against deployed.yaml",
        ],
    ),
    ("dependency build", &["dependency build ./chart"]),
    ("dependency list", &["dependency list ./chart"]),
    ("dependency update", &["dependency update ./chart"]),
    (
        "install",
        &[
            "install web ./chart --dry-run -f prod.yaml",
            "install web ./chart --dry-run -o json --kube-version 1.29",
        ],
    ),
    ("lint", &["lint ./chart", "lint ./chart --strict -f prod.yaml"]),
    ("man", &["man template | man -l -", "man --output-dir man1"]),
    ("package", &["package ./chart -d packages"]),
    ("plugin install", &["plugin install ./my-plugin"]),
    (
        "pull",
        &[
            "pull oci://registry.example.com/charts/web --version 1.2.3",
            "pull web --repo https://charts.example.com --untar",
        ],
    ),
    ("push", &["push web-1.2.3.tgz oci://registry.example.com/charts"]),
    ("registry login", &["registry login registry.example.com -u me --password-stdin"]),
    ("repo add", &["repo add stable https://charts.example.com"]),
    ("repo update", &["repo update", "repo update stable"]),
    ("search repo", &["search repo web --versions"]),
    ("show values", &["show values ./chart", "show values stable/web --version 1.2.3"]),
    (
        "template",
        &[
            "template web ./chart",
            "template web ./chart -n shop -f prod.yaml --set image.tag=2.1",
            "template web ./chart -s templates/service.yaml",
            "template web stable/web --version 1.2.3",
            "template web ./chart --no-hooks | kubectl apply -f -",
        ],
    ),
    ("upgrade", &["upgrade --install web ./chart --dry-run -f prod.yaml"]),
    (
        "values where",
        &[
            "values where ./chart image.tag -f prod.yaml --set image.tag=2.1",
            "values where ./chart ingress -o json",
        ],
    ),
    ("verify", &["verify web-1.2.3.tgz --keyring keys.gpg"]),
];

/// Returns the command lines for a command, each with the program's name.
pub(super) fn of(words: &str, program: &str) -> Vec<String> {
    let found = EXAMPLES.iter().find(|(name, _)| *name == words);
    let lines = found.map_or(&[][..], |(_, lines)| lines).iter();
    lines.map(|line| format!("{program} {}", line.replace("@NAME@", program))).collect()
}
