//! Which file of a crate uses which: no circle among them, in any of our three crates, and the pure ones of
//! this one reach nothing that holds a file. What counts is what `use` lines name, types as well; re-exports
//! are counted where they are used.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Files by their module's path, `cache::region`; the crate's root is "".
type Uses = BTreeMap<String, BTreeSet<String>>;

fn sources(folder: &Path, module: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let child = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        if path.is_dir() {
            sources(&path, &child, found);
        } else if path.extension().is_some_and(|end| end == "rs") && name != "lib" {
            let own = if name == "mod" { module.to_owned() } else { child };
            found.insert(own, fs::read_to_string(path).unwrap());
        }
    }
}

/// The paths that a tree names: `a::{b, c::D}` is `a::b` and `a::c::D`.
fn paths(tree: &str) -> Vec<String> {
    let Some((prefix, rest)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let inner = rest.rsplit_once('}').unwrap().0;
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, char) in inner.char_indices() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| paths(part.trim())).map(|path| format!("{}{path}", prefix.trim())).collect()
}

/// What the file's own `use` lines name, as paths from the crate's root.
fn used(module: &str, text: &str) -> Vec<String> {
    let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    let trees = code.split("\nuse ").skip(1).map(|rest| rest.split(';').next().unwrap());
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    trees
        .flat_map(paths)
        .filter_map(|path| match path.split_once("::")? {
            ("crate", rest) => Some(rest.to_owned()),
            ("super", rest) => Some(format!("{parent}::{rest}").trim_start_matches(':').to_owned()),
            _ => None,
        })
        .collect()
}

/// What the files of a crate use, by its folder as seen from this one.
fn uses_in(folder: &str) -> Uses {
    let mut found = BTreeMap::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "", &mut found);
    let file_of = |path: String| {
        let mut path = path.as_str();
        while !found.contains_key(path) {
            path = path.rsplit_once("::")?.0;
        }
        Some(path.to_owned())
    };
    let all = found.iter().map(|(module, text)| {
        let files = used(module, text).into_iter().filter_map(file_of);
        (module.clone(), files.filter(|file| file != module).collect())
    });
    all.collect()
}

fn uses() -> Uses {
    uses_in("src")
}

fn reached(uses: &Uses, from: &str) -> BTreeSet<String> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(file) = next.pop() {
        if seen.insert(file.clone()) {
            next.extend(uses.get(&file).into_iter().flatten().cloned());
        }
    }
    seen
}

/// The way from `file` back to itself.
fn circle(uses: &Uses, file: &str) -> Option<Vec<String>> {
    let mut ways: Vec<Vec<String>> = uses[file].iter().map(|next| vec![next.clone()]).collect();
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        let last = way.last().unwrap();
        if last == file {
            return Some(way);
        }
        if seen.insert(last.clone()) {
            ways.extend(uses[last].iter().map(|next| [way.clone(), vec![next.clone()]].concat()));
        }
    }
    None
}

#[test]
fn no_file_uses_one_that_uses_it() {
    assert!(uses()["cursor"].contains("cache::shared"), "use lines are not understood any more");
    for folder in ["src", "../guard/src", "../../src"] {
        let uses = uses_in(folder);
        for file in uses.keys() {
            let circle = circle(&uses, file);
            assert!(circle.is_none(), "{folder}: {file} → {}", circle.unwrap().join(" → "));
        }
    }
}

#[test]
fn pure_files_hold_no_file() {
    let uses = uses();
    let pure = ["lines::select", "lines::block", "lines::parts", "search::needle", "search::occurrences"];
    for file in pure.into_iter().chain(["search::pattern", "count::line_tally", "run::found", "text"]) {
        let reached = reached(&uses, file);
        let held = reached.iter().find(|file| {
            ["cursor", "manager", "cache", "mapping"].contains(&file.split("::").next().unwrap())
        });
        assert!(held.is_none(), "{file} reaches {held:?}");
    }
    let select = reached(&uses, "lines::select");
    assert!(select.len() <= 5, "lines::select takes {select:?}");
}

#[test]
fn the_first_floor_is_seen_at_a_glance() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let flat = fs::read_dir(&folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file());
    assert!(flat.count() <= 8);
    let root = fs::read_to_string(folder.join("lib.rs")).unwrap();
    assert!(root.lines().filter(|line| line.starts_with("mod ")).count() <= 14);
}
