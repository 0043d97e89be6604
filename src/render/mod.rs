//! Rendering a chart: the context, include, tpl, conditions, which templates run in which order.
