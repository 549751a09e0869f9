//! Build script of the binary: the folder of pages must exist to be embedded, even where the web client was not built yet; and new pages mean a new binary.

fn main() {
    let dist = "web-client/dist";
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo::warning={dist}: {error}; without this folder the pages cannot be embedded");
    }
    println!("cargo::rerun-if-changed={dist}");
    println!("cargo::rerun-if-changed=src/build.rs");
}
