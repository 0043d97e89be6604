//! Charts: Chart.yaml, directory and archive loading, .helmignore, Chart.lock.
