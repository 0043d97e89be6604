//! What Helm prints of a render: documents split, hooks, install order, notes.
