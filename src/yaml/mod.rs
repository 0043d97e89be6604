//! YAML in and out by the rules of go-yaml and sigs.k8s.io/yaml.
