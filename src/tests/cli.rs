//! The command line as scripts use it, on the built program.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A directory of the test's own, removed at its end.
struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Dir {
        let path = std::env::temp_dir().join(format!("tongke-cli-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Dir(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn tongke(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tongke"));
    command.args(words).env_clear();
    command
}

fn run(words: &[&str]) -> Output {
    tongke(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The one line of a failed command, and its status.
fn refused(words: &[&str]) -> (String, i32) {
    let output = run(words);
    let said = text(&output.stderr);
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    (said.trim_end().to_owned(), output.status.code().unwrap())
}

/// A server that is ended with the test.
struct Running(Child);

impl Running {
    fn start(words: &[&str]) -> Running {
        Running(tongke(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    fn first_line(&mut self) -> String {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            let mut said = String::new();
            self.0.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
            panic!("it ended: {said}");
        }
        line
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A data directory as it is after the first command of an installation.
fn with_a_person(dir: &Dir) -> String {
    let data = dir.path("data");
    let made = run(&["admin", "create", "--data", &data, "--login", "operator", "--name", "县电教中心"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    data
}

#[test]
fn the_version_is_printed() {
    assert_eq!(text(&run(&["--version"]).stdout).trim(), concat!("tongke ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_names_every_key_with_its_variable() {
    let help = text(&run(&["serve", "--help"]).stdout);
    for (flag, variable) in
        [("--listen", "TONGKE_LISTEN"), ("--media-ip", "TONGKE_MEDIA_IP"), ("--tls-key", "TONGKE_TLS_KEY"), ("--log-format", "TONGKE_LOG_FORMAT")]
    {
        assert!(help.contains(flag) && help.contains(variable), "{flag} in {help}");
    }
}

#[test]
fn a_malformed_configuration_is_one_line_that_names_the_key() {
    let dir = Dir::new("config");
    let file = dir.write("tongke.toml", "media-port = 99999\n");
    let expected = format!("tongke: {file}: media-port = \"99999\" is not a port: give a number from 1 to 65535");
    assert_eq!(refused(&["serve", "--config", &file]), (expected, 78));
    let file = dir.write("unknown.toml", "colour = \"red\"\n");
    let (said, status) = refused(&["serve", "--config", &file]);
    assert!(said.contains("colour = \"red\" is not a key: the keys are listen"), "{said}");
    assert_eq!(status, 78);
    // Missing, a directory, not UTF-8.
    std::fs::write(dir.path("gb18030.toml"), b"oidc-name = '\xb5\xc7\xc2\xbc'").unwrap();
    for path in [dir.path("none.toml"), dir.path(""), dir.path("gb18030.toml")] {
        let (said, status) = refused(&["serve", "--config", &path]);
        assert!(said.starts_with(&format!("tongke: --config (TONGKE_CONFIG) = {path:?} cannot be read (")) && said.contains("give a file"), "{said}");
        assert_eq!(status, 78);
    }
    let file = dir.write("broken.toml", "workers 2");
    let (said, status) = refused(&["serve", "--config", &file]);
    assert!(said.contains("broken.toml, line 1, column 9: not TOML"), "{said}");
    assert_eq!(status, 78);
    let (cert, key) = (dir.write("cert.pem", "no certificate"), dir.path("none.pem"));
    let words = ["serve", "--tls-cert", &cert, "--tls-key", &key, "--data", &dir.path("data"), "--listen", "127.0.0.1:0", "--media-ip", "127.0.0.1"];
    let (said, status) = refused(&[&words[..], &["--workers", "1", "--media-port", "47012", "--log", "off"]].concat());
    assert!(said.contains("cert.pem") && said.contains("give PEM files that belong together"), "{said}");
    assert_eq!(status, 78);
    let (said, status) = refused(&["serve", "--ice-server", "turn:turn.example.org:99999 school hunter2"]);
    let expected = "tongke: --ice-server = \"…\" has no usable port after turn.example.org in turn:turn.example.org:99999: give a number from 1 to 65535, \
                    for example turn:turn.example.org:3478";
    assert_eq!((said.as_str(), status), (expected, 78));
    let (said, status) = refused(&["serve", "--workers", "lots"]);
    assert!(said.starts_with("tongke: --workers = \"lots\" is not a number of workers"), "{said}");
    assert_eq!(status, 78);
}

#[test]
fn the_environment_is_read_and_named() {
    let output = tongke(&["serve"]).env("TONGKE_LISTEN", "here").output().unwrap();
    assert!(text(&output.stderr).starts_with("tongke: environment variable TONGKE_LISTEN = \"here\" is not an address"), "{}", text(&output.stderr));
}

#[test]
fn lessons_and_tokens() {
    let dir = Dir::new("tokens");
    let data = with_a_person(&dir);
    let create = ["lesson", "create", "--data", &data, "--id", "music-3", "--title", "三年级音乐"];
    assert_eq!(text(&run(&create).stdout).trim(), "music-3");
    let (said, status) = refused(&create);
    assert!(said.contains("\"music-3\" exists already"), "{said}");
    assert_eq!(status, 1);
    assert!(refused(&["lesson", "create", "--data", &data, "--id", "a b", "--title", "x"]).0.contains("A-Z a-z 0-9 _ -"));

    let token = ["token", "--data", &data, "--lesson", "music-3", "--role", "classroom", "--name", "石门村小学"];
    let one = text(&run(&token).stdout);
    assert_eq!(one.trim().split('.').count(), 3, "{one}");
    let several: Vec<String> = serde_json::from_slice(&run(&[&token[..], &["--count", "3"]].concat()).stdout).unwrap();
    assert_eq!(several.len(), 3);
    assert!(several.iter().all(|token| token.split('.').count() == 3 && token != one.trim()));

    let (said, _) = refused(&["token", "--data", &data, "--lesson", "music-4", "--role", "host", "--name", "x"]);
    assert!(said.contains("\"music-4\"") && said.contains("tongke lesson create"), "{said}");
    assert!(refused(&["token", "--data", &data, "--lesson", "*", "--role", "host", "--name", "x"]).0.contains("only an operator"));
    assert!(run(&["token", "--data", &data, "--lesson", "*", "--role", "operator", "--name", "x"]).status.success());
}

#[test]
fn a_database_server_in_place_of_the_file() {
    let Ok(server) = std::env::var("TONGKE_TEST_POSTGRES") else {
        let only = std::env::var("TONGKE_TEST_SQLITE_ONLY").is_ok_and(|value| value == "1");
        assert!(only, "TONGKE_TEST_POSTGRES is not set: run the tests under .ci/postgres, or set TONGKE_TEST_SQLITE_ONLY=1");
        return;
    };
    let dir = Dir::new("postgres");
    let data = dir.path("data");
    std::fs::create_dir(&data).unwrap();
    dir.write("data/secret.key", &"x".repeat(32));
    let id = format!("cli-{}", std::process::id());
    let on_server = |words: &[&str]| tongke(words).env("TONGKE_DATABASE", &server).output().unwrap();
    let made = on_server(&["lesson", "create", "--data", &data, "--id", &id, "--title", "三年级音乐"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(on_server(&["token", "--data", &data, "--lesson", &id, "--role", "host", "--name", "x"]).status.success());
    assert!(!std::path::Path::new(&data).join("tongke.db").exists());
    let (said, status) = refused(&["token", "--data", &data, "--lesson", &id, "--role", "host", "--name", "x"]);
    assert!(said.contains("it has no tongke.db"), "{said}");
    assert_eq!(status, 78);
    // A key made in another directory would sign what the server does not take.
    let elsewhere = dir.path("dta");
    let typo = on_server(&["token", "--data", &elsewhere, "--lesson", &id, "--role", "host", "--name", "x"]);
    assert!(text(&typo.stderr).contains("it has no secret.key") && !std::path::Path::new(&elsewhere).exists(), "{}", text(&typo.stderr));
}

#[test]
fn a_directory_given_by_mistake_is_named_and_not_made() {
    let dir = Dir::new("typo");
    with_a_person(&dir);
    for lesson in ["music-3", "*"] {
        let token = ["token", "--lesson", lesson, "--role", "operator", "--name", "x", "--data"];
        let create = ["lesson", "create", "--id", "music-3", "--title", "x", "--data"];
        // One that is not there, and one that is something else.
        for (data, is_there) in [(dir.path("dta"), false), (dir.path(""), true)] {
            for words in [&token[..], &create] {
                let (said, status) = refused(&[words, &[data.as_str()]].concat());
                let begins = format!("tongke: --data (TONGKE_DATA) = {data:?} is no server's data directory, for it has no tongke.db: ");
                assert!(said.starts_with(&begins) && said.contains("start tongke serve"), "{said}");
                assert_eq!((status, std::path::Path::new(&data).exists()), (78, is_there));
            }
        }
    }
    assert_eq!(std::fs::read_dir(&dir.0).unwrap().count(), 1, "nothing was made");
}

#[test]
fn a_damaged_database_is_told_at_once_by_every_command() {
    let dir = Dir::new("damaged");
    let data = with_a_person(&dir);
    dir.write("data/tongke.db", &"damaged ".repeat(1_000));
    let serve = ["serve", "--data", &data, "--listen", "127.0.0.1:0", "--media-ip", "127.0.0.1", "--workers", "1", "--media-port", "27013", "--log", "off"];
    let token = ["token", "--data", &data, "--lesson", "x", "--role", "host", "--name", "x"];
    let began = Instant::now();
    for words in [&serve[..], &token] {
        let (said, status) = refused(words);
        assert!(said.starts_with(&format!("tongke: opening the data: {data}/tongke.db is not a database or is damaged (")), "{said}");
        assert!(said.contains("restore a backup") && said.contains("move the file away"), "{said}");
        assert_eq!(status, 78);
    }
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[test]
fn a_database_that_is_not_there_is_named_without_its_password() {
    let dir = Dir::new("nowhere");
    let closed = "postgres://tongke:hunter2@127.0.0.1:1/tongke?password=hunter2";
    let (said, status) = refused(&["lesson", "create", "--data", &dir.path("data"), "--database", closed, "--id", "x", "--title", "x"]);
    assert!(said.contains("postgres://tongke@127.0.0.1:1/tongke") && said.contains("Connection refused") && !said.contains("hunter2"), "{said}");
    assert_eq!(status, 1);
    let (said, status) = refused(&["lesson", "create", "--database", "tongke:hunter2", "--id", "x", "--title", "x"]);
    assert!(said.contains("--database") && !said.contains("hunter2"), "{said}");
    assert_eq!(status, 78);
}

#[test]
fn the_demo_says_where_it_is_and_ends_when_told() {
    let dir = Dir::new("demo");
    let data = dir.path("data");
    let words = ["demo", "--json", "--empty", "--listen", "127.0.0.1:0", "--data", &data, "--workers", "1"];
    let mut demo = Running::start(&words);
    let said: serde_json::Value = serde_json::from_str(&demo.first_line()).unwrap();
    assert!(said["url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{said}");
    assert!(said["tokens"]["classrooms"].as_array().unwrap().len() >= 8, "{said}");
    let lesson = said["lesson"].as_str().unwrap();
    // While it runs on the same data.
    assert!(run(&["lesson", "create", "--data", &data, "--id", "second", "--title", "x"]).status.success());
    assert!(run(&["token", "--data", &data, "--lesson", lesson, "--role", "observer", "--name", "x"]).status.success());

    let told = Instant::now();
    demo.signal("TERM");
    let status = demo.0.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());

    // Started again on the same data: the same lesson.
    let mut again = Running::start(&words);
    let second: serde_json::Value = serde_json::from_str(&again.first_line()).unwrap();
    assert_eq!(second["lesson"], said["lesson"]);
}

#[test]
fn a_port_in_use_is_named() {
    let dir = Dir::new("port");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = dir.path("data");
    let words = ["serve", "--listen", &address, "--data", &data, "--media-ip", "127.0.0.1", "--workers", "1", "--media-port", "47011", "--log", "off"];
    let (said, _) = refused(&words);
    assert!(said.contains(&address), "{said}");
}
