//! Compiles trees to matchers, glued and shortened in `gobwas/glob`'s way: what it matches depends on that.

use super::matcher::{Matcher, Tree};
use super::parse::Node;

/// Compiles a tree; its depth is bounded by the parser.
pub(super) fn compile(node: &Node, separators: &[char]) -> Matcher {
    let matcher = match node {
        Node::AnyOf(children) => {
            if let Some(shorter) = common_parts(children) {
                return compile(&shorter, separators);
            }
            return Matcher::AnyOf(compile_all(children, separators));
        }
        Node::Pattern(children) => {
            join(minimize(compile_all(children, separators))).unwrap_or(Matcher::Nothing)
        }
        Node::Nothing => Matcher::Nothing,
        Node::Text(text) => Matcher::Text(text.clone().into_bytes()),
        Node::Any => Matcher::Any(separators.to_vec()),
        Node::Super => Matcher::Super,
        Node::Single => Matcher::Single(separators.to_vec()),
        Node::List { chars, not } => Matcher::List { chars: chars.clone(), not: *not },
        Node::Range { lo, hi, not } => Matcher::Range { lo: *lo, hi: *hi, not: *not },
    };
    optimize(matcher)
}

fn compile_all(nodes: &[Node], separators: &[char]) -> Vec<Matcher> {
    nodes.iter().map(|n| optimize(compile(n, separators))).collect()
}

/// Compiles `{ab,ac}` as `a{b,c}`: what all alternatives begin and end with, moved out of them.
fn common_parts(alternatives: &[Node]) -> Option<Node> {
    let parts: Vec<&[Node]> = alternatives
        .iter()
        .map(|n| match n {
            Node::Pattern(children) => Some(&children[..]),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let (left, right) = common_counts(&parts);
    if left == 0 && right == 0 {
        return None;
    }
    let first = parts.first()?;
    let mut result = Vec::new();
    if left > 0 {
        result.push(Node::Pattern(first[..left].to_vec()));
    }
    let mut rest: Vec<Node> = Vec::new();
    for part in &parts {
        let middle = &part[left..part.len() - right];
        let node = if middle.is_empty() { Node::Nothing } else { Node::Pattern(middle.to_vec()) };
        if !rest.contains(&node) {
            rest.push(node);
        }
    }
    match rest.len() {
        1 if rest[0] != Node::Nothing => result.append(&mut rest),
        0 | 1 => {}
        _ => result.push(Node::AnyOf(rest)),
    }
    if right > 0 {
        result.push(Node::Pattern(first[first.len() - right..].to_vec()));
    }
    Some(Node::Pattern(result))
}

/// Returns how many nodes all parts begin with and end with. The two never overlap in the shortest
/// part.
fn common_counts(parts: &[&[Node]]) -> (usize, usize) {
    let Some(least) = (0..parts.len()).min_by_key(|&i| parts[i].len()) else { return (0, 0) };
    if parts.len() < 2 {
        return (0, 0);
    }
    let shortest = parts[least];
    let len = shortest.len();
    let (mut left, mut right) = (0, 0);
    let (mut left_open, mut right_open) = (true, true);
    for i in 0..len {
        if left + right >= len || !(left_open || right_open) {
            break;
        }
        let j = len - 1 - i;
        for (k, part) in parts.iter().enumerate() {
            if k == least {
                continue;
            }
            left_open = left_open && part[i] == shortest[i];
            // Past the middle the right end is only followed where the left one broke off, which the
            // library knows only of the parts it has seen.
            right_open =
                right_open && (!left_open || j > i) && part[part.len() - 1 - i] == shortest[j];
        }
        left += usize::from(left_open);
        right += usize::from(right_open);
    }
    (left, right)
}

/// Replaces the longest runs that can be glued into one matcher, again and again.
fn minimize(mut all: Vec<Matcher>) -> Vec<Matcher> {
    loop {
        let mut best: Option<(usize, usize, Matcher)> = None;
        for l in 0..all.len() {
            for r in (l + 1..=all.len()).rev() {
                let Some(glued) = glue(&all[l..r]) else { continue };
                let better = match &best {
                    None => true,
                    Some((from, to, known)) => {
                        let longer = known.len().zip(glued.len()).is_some_and(|(k, g)| g > k);
                        longer || to - from < r - l
                    }
                };
                if better {
                    best = Some((l, r, glued));
                }
            }
        }
        match best {
            // Every glued run has two matchers at least, so that this ends.
            Some((l, r, glued)) => {
                all.splice(l..r, [glued]);
            }
            None => return all,
        }
    }
}

fn glue(all: &[Matcher]) -> Option<Matcher> {
    if all.len() < 2 {
        return None;
    }
    glue_every(all).or_else(|| {
        let len = all.iter().map(Matcher::len).sum::<Option<usize>>()?;
        Some(Matcher::Row(all.to_vec(), len))
    })
}

/// Compiles `?*` and the like, of equal separators, as conditions on the whole text.
fn glue_every(all: &[Matcher]) -> Option<Matcher> {
    let (mut any, mut anything, mut single, mut min) = (false, false, false, 0);
    let mut separators: Option<&[char]> = None;
    for matcher in all {
        let own: &[char] = match matcher {
            Matcher::Super => {
                anything = true;
                &[]
            }
            Matcher::Any(s) => {
                any = true;
                s
            }
            Matcher::Single(s) | Matcher::List { chars: s, not: true } => {
                single = true;
                min += 1;
                s
            }
            _ => return None,
        };
        if separators.get_or_insert(own) != &own {
            return None;
        }
    }
    let separators = separators?;
    if anything && !any && !single {
        return Some(Matcher::Super);
    }
    if any && !anything && !single {
        return Some(Matcher::Any(separators.to_vec()));
    }
    if (any || anything) && min > 0 && separators.is_empty() {
        return Some(Matcher::Min(min));
    }
    let mut every = Vec::new();
    if min > 0 {
        every.push(Matcher::Min(min));
        if !any && !anything {
            every.push(Matcher::Max(min));
        }
    }
    if !separators.is_empty() {
        let needle = separators.iter().collect::<String>().into_bytes();
        every.push(Matcher::Contains { needle, not: true });
    }
    Some(Matcher::EveryOf(every))
}

/// Matchers one after the other as one: a tree around the longest of fixed length. `None` for none.
fn join(mut all: Vec<Matcher>) -> Option<Matcher> {
    if all.len() < 2 {
        return all.pop();
    }
    if let Some(glued) = glue(&all) {
        return Some(glued);
    }
    let longest = (0..all.len()).filter(|&i| all[i].len().is_some()).max_by_key(|&i| all[i].len());
    let (left, right) = match longest {
        Some(i) => {
            let right = all.split_off(i + 1);
            let value = all.pop()?;
            return Some(tree(value, join(all), join(right)));
        }
        // Without any of fixed length the first stands for itself.
        None => (all.remove(0), all),
    };
    Some(tree(left, None, join(right)))
}

fn tree(value: Matcher, left: Option<Matcher>, right: Option<Matcher>) -> Matcher {
    Matcher::Tree(Box::new(Tree { value, left, right }))
}

fn optimize(matcher: Matcher) -> Matcher {
    match matcher {
        Matcher::Any(separators) if separators.is_empty() => Matcher::Super,
        Matcher::AnyOf(mut all) if all.len() == 1 => all.pop().unwrap_or(Matcher::Nothing),
        Matcher::List { chars, not: false } if chars.len() == 1 => {
            Matcher::Text(chars.into_iter().collect::<String>().into_bytes())
        }
        Matcher::Tree(tree) => optimize_tree(*tree),
        other => other,
    }
}

fn optimize_tree(tree: Tree) -> Matcher {
    let left = tree.left.map(optimize);
    let right = tree.right.map(optimize);
    let Matcher::Text(text) = tree.value else {
        return self::tree(tree.value, left, right);
    };
    match (left, right) {
        (None, None) => Matcher::Text(text),
        (Some(Matcher::Super), Some(Matcher::Super)) => {
            Matcher::Contains { needle: text, not: false }
        }
        (Some(Matcher::Super), None) => Matcher::Suffix(text),
        (None, Some(Matcher::Super)) => Matcher::Prefix(text),
        (None, Some(Matcher::Suffix(suffix))) => Matcher::PrefixSuffix(text, suffix),
        (Some(Matcher::Prefix(prefix)), None) => Matcher::PrefixSuffix(prefix, text),
        (Some(Matcher::Any(separators)), None) => Matcher::SuffixAny(text, separators),
        (None, Some(Matcher::Any(separators))) => Matcher::PrefixAny(text, separators),
        (left, right) => self::tree(Matcher::Text(text), left, right),
    }
}
