//! The command, run as a person runs it, on the real data set.
#![cfg(feature = "cli")]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/cdnow-leads.jsonl.gz");

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lead-index"));
    command.args(args).stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    command(args).output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Runs a command that works and says nothing on stderr.
fn stdout(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{args:?}");
    text(&output.stdout)
}

/// Runs a command that ends with `code`, says nothing on stdout, and gives back its stderr.
fn stderr(code: i32, args: &[&str]) -> String {
    let output = run(args);
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(code), ""), "{args:?}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// A path for this test's file alone, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("lead-index-{}-{name}", std::process::id())))
    }

    fn holding(name: &str, content: &str) -> Self {
        let scratch = Self::new(name);
        std::fs::write(&scratch.0, content).expect("a writable directory");
        scratch
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

const BIGGEST_SPENDER: &str = concat!(
    r#"{"meta":{"status":200},"data":{"total":11662,"users":[{"id":7592,"presence":"offline","props":{"#,
    r#""$created":"1997-01-29T00:00:00","$event_1_count":201,"$event_1_first":"1997-01-29T00:00:00","#,
    r#""$event_1_last":"1998-06-29T00:00:00","$last_seen":"1998-06-29T00:00:00","$sessions":146,"cds":917,"#,
    r#""repeat":true,"spent_cents":1399093}}]}}"#,
    "\n"
);

#[test]
fn a_query_as_json_is_the_web_apis_answer() {
    let args = ["query", "--data", DATA, "--sort-prop", "spent_cents", "--limit", "1", "--format", "json"];
    assert_eq!(stdout(&args), BIGGEST_SPENDER);
}

#[test]
fn a_query_as_a_table_is_aligned() {
    let filter = r#"{"type":"gt","property_name":"cds","value":{"value":100}}"#;
    let args = ["query", "--data", DATA, "--filters", filter, "--sort-prop", "spent_cents", "--limit", "3"];
    let out = stdout(&[&args[..], &["--now", "1998-07-01T00:00:00"]].concat());
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].trim_start().starts_with("id  presence  spent_cents  $user_id"), "{out}");
    assert!(lines[1].trim_start().starts_with("7592  offline       1399093  cdnow-07592"), "{out}");
    assert_eq!((lines.len(), lines[4]), (6, ""), "{out}");
    assert!(lines[5].starts_with("1 to 3 of 79 leads, in "), "{out}");
    assert!(lines.iter().all(|line| line.chars().count() <= 100 && line.trim_end() == *line), "{out}");
    let end = lines[0].find("spent_cents").expect("shown") + "spent_cents".len();
    assert!(lines[1..4].iter().all(|line| line[..end].ends_with(|c: char| c.is_ascii_digit())), "{out}");
}

#[test]
fn a_page_past_the_end_and_no_leads_are_said_in_words() {
    let none = stdout(&["query", "--data", DATA, "--offset", "18446744073709551615"]);
    assert!(none.starts_with("none left of 11,662 leads, in "), "{none}");
    let filter = r#"{"type":"known","property_name":"nobody","value":{}}"#;
    let none = stdout(&["query", "--data", DATA, "--filters", filter]);
    assert!(none.starts_with("no leads, in "), "{none}");
}

#[test]
fn explain_follows_the_table_and_leaves_json_alone() {
    let args = ["query", "--data", DATA, "--sort-prop", "spent_cents", "--limit", "1", "--explain"];
    let out = stdout(&args);
    let (_, plan) = out.split_once("11,662 leads, in ").expect("the summary");
    assert!(plan.lines().count() > 2, "{out}");
    let output = run(&[&args[..], &["--format", "json"]].concat());
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), BIGGEST_SPENDER));
    assert!(!output.stderr.is_empty());
}

#[test]
fn a_wrong_call_ends_with_2_before_the_file_is_read() {
    let missing = "/nowhere/leads.jsonl";
    for (args, said) in [
        (&["--filters", "{"][..], "--filters: "),
        (&["--filters", r#"{"type":"gtt","property_name":"a"}"#], "--filters: "),
        (&["--sort-prop", ""], "--sort-prop: "),
        (&["--limit", "0"], "--limit"),
        (&["--limit", "10001"], "--limit"),
        (&["--offset=-1"], "--offset"),
        (&["--now", "2026-02-30"], "--now"),
        (&["--sort-order", "up"], "--sort-order"),
        (&["--format", "xml"], "--format"),
    ] {
        let said_on_stderr = stderr(2, &[&["query", "--data", missing], args].concat());
        assert!(said_on_stderr.contains(said), "{args:?}: {said_on_stderr}");
    }
    for (token, said) in [("XXX=all", "no scope `all`"), ("XXX", "SECRET=SCOPE"), ("=users-list", "empty")] {
        let said_on_stderr = stderr(2, &["serve", "--data", missing, "--app", "1", "--token", token]);
        assert!(said_on_stderr.contains(said), "{said_on_stderr}");
    }
    stderr(2, &["query"]);
    stderr(2, &["nothing"]);
    stderr(2, &["serve", "--data", missing, "--app", "1"]);
}

#[test]
fn a_failed_job_ends_with_1_and_one_sentence() {
    let missing = "/nowhere/leads.jsonl";
    for args in [
        &["query", "--data", missing][..],
        &["inspect", "--data", missing],
        &["serve", "--data", missing, "--app", "1", "--token", "X=users-list", "--listen", "127.0.0.1:0"],
        &["generate", "--leads", "1", "--out", missing],
    ] {
        let said = stderr(1, args);
        assert!(said.starts_with("lead-index: ") && said.contains(missing), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let cut = std::fs::read(DATA).expect("the data set");
    let scratch = Scratch::new("cut.jsonl.gz");
    std::fs::write(&scratch.0, &cut[..cut.len() / 2]).expect("a writable directory");
    let said = stderr(1, &["query", "--data", scratch.path()]);
    assert!(said.starts_with("lead-index: ") && said.lines().count() == 1, "{said}");
}

#[test]
fn lines_that_are_not_taken_are_summed_up() {
    let lines =
        "{\"id\":1,\"conversations\":1}\n{\"id\":0}\nx\n{\"id\":1}\n\n{\"id\":3,\"what\":1}\n{}\n[]\n{\"id\":\"a\"}\n";
    let scratch = Scratch::holding("rejects.jsonl", lines);
    let output = run(&["query", "--data", scratch.path()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("1 to 1 of 1 lead, in "));
    let said = text(&output.stderr);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "lead-index: 7 of 8 lines were not taken:");
    assert!(lines[1].starts_with("  line 2: ") && lines[5].starts_with("  line 7: "), "{said}");
    assert_eq!(lines[6..], ["  and 2 more"]);
}

#[test]
fn control_characters_of_a_value_do_not_reach_the_terminal() {
    let scratch = Scratch::holding("escape.jsonl", "{\"id\":1,\"props\":{\"$name\":\"a\\u001b[2Jb\"}}\n");
    let out = stdout(&["query", "--data", scratch.path()]);
    assert!(out.contains("a\u{fffd}[2Jb"), "{out}");
}

/// Starts the command, reads one byte of its output, closes the pipe, and waits.
fn hang_up(args: &[&str]) -> Output {
    let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    let mut out = child.stdout.take().expect("piped");
    out.read_exact(&mut [0]).expect("some output");
    drop(out);
    child.wait_with_output().expect("the command ends")
}

#[test]
fn a_closed_pipe_is_no_error() {
    for args in [
        &["generate", "--leads", "5000", "--out", "-"][..],
        &["query", "--data", DATA, "--limit", "10000"],
        &["query", "--data", DATA, "--limit", "10000", "--format", "json"],
    ] {
        let output = hang_up(args);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn generate_writes_the_same_leads_for_the_same_seed() {
    let leads = |seed: &str| stdout(&["generate", "--leads", "50", "--seed", seed, "--out", "-"]);
    let seven = leads("7");
    assert_eq!(seven.lines().count(), 50);
    assert_eq!(seven, leads("7"));
    assert_ne!(seven, leads("8"));
    for name in ["generated.jsonl", "generated.jsonl.gz"] {
        let scratch = Scratch::new(name);
        let said = stderr(0, &["generate", "--leads", "50", "--seed", "7", "--out", scratch.path()]);
        assert_eq!(said, format!("wrote 50 leads to {}\n", scratch.path()));
        let bytes = std::fs::read(&scratch.0).expect("written");
        assert_eq!(bytes.starts_with(&[0x1f, 0x8b]), name.ends_with(".gz"));
        let inspected = stdout(&["inspect", "--data", scratch.path()]);
        assert!(inspected.starts_with("50 people, "), "{inspected}");
    }
    stderr(2, &["generate", "--leads", "0", "--out", "-"]);
}

#[test]
fn inspect_lists_properties_and_memory() {
    let out = stdout(&["inspect", "--data", DATA]);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("23,570 people, 11,662 of them leads, "), "{out}");
    let words = |name: &str| {
        let line = lines.iter().find(|line| line.split_whitespace().next() == Some(name)).expect("listed");
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(words("property"), ["property", "types", "known", "distinct"]);
    assert_eq!(words("repeat"), ["repeat", "boolean", "100", "%", "2"]);
    assert_eq!(words("$created")[..4], ["$created", "datetime", "100", "%"]);
    assert_eq!(words("spent_cents")[..4], ["spent_cents", "number", "100", "%"]);
    let table_end = lines.iter().skip(2).position(|line| line.is_empty()).expect("a gap") + 2;
    assert!(lines.len() > table_end + 1, "the memory report follows: {out}");
}

#[test]
fn the_demo_answers_nine_kinds_of_query() {
    let out = stdout(&["demo", "--leads", "2000"]);
    assert!(out.starts_with("2,000 people made and loaded in "), "{out}");
    assert_eq!(out.matches("   then ").count(), 9, "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
}

/// A running server, killed if the test fails.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(extra: &[&str]) -> Self {
        let args = ["serve", "--data", DATA, "--app", "42", "--token", "a=b=users-list,user-read"];
        let mut child = command(&[&args[..], &["--listen", "127.0.0.1:0"], extra].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a first line");
        let address = line.strip_prefix("listening on http://").unwrap_or_else(|| panic!("said {line:?}"));
        Self { address: address.trim_end().to_owned(), child }
    }

    /// The body of an answer; the connection stays open at the server's pleasure.
    fn get(&self, target: &str) -> String {
        self.send("GET", target, "")
    }

    fn post(&self, target: &str, form: &str) -> String {
        self.send("POST", target, form)
    }

    fn send(&self, verb: &str, target: &str, form: &str) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).expect("it listens");
        let length = form.len();
        let top =
            format!("{verb} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(format!("{top}{form}").as_bytes()).expect("sent");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("an answer");
        reply.split_once("\r\n\r\n").expect("a head").1.to_owned()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("kill runs").success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(unix)]
#[test]
fn serve_answers_and_ends_with_0_on_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let mut served = Served::start(&["--now", "1998-07-01T00:00:00", "--token", "other=user-read"]);
        let query = "/v1/apps/$self_app/users?auth_token=a%3Db&sort_prop=spent_cents&limit=1";
        assert_eq!(served.get(query), BIGGEST_SPENDER.trim_end());
        assert!(served.get("/apps/42/users?auth_token=other").contains("PermissionDeniedError"));
        assert!(served.get("/users/7592?auth_token=other").contains(r#""user_id":"cdnow-07592""#));
        assert_eq!(served.get("/healthz"), "ok");
        // An idle connection does not hold the end up.
        let idle = std::net::TcpStream::connect(&served.address).expect("it listens");
        served.signal(signal);
        let status = served.child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "{signal}");
        drop(idle);
        let mut said = String::new();
        served.child.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
        assert_eq!(said, "", "{signal}");
    }
}

#[test]
fn segments_are_kept_from_the_start_and_number_from_1() {
    let busy = r#"1={"type":"gt","property_name":"$sessions","value":{"value":5}}"#;
    let lost = r#"2=[{"type":"segment","value":{"value":1}},{"type":"daysmore","property_name":"$last_seen","value":{"value":90}}]"#;
    let served = Served::start(&["--now", "1998-07-01T00:00:00", "--segment", busy, "--segment", lost]);
    assert_eq!(
        served.get("/apps/42/segments?auth_token=a%3Db"),
        r#"{"meta":{"status":200},"data":{"segments":[{"id":1,"name":"segment 1","total":2844},{"id":2,"name":"segment 2","total":1075}]}}"#
    );
    let filters = "%5B%7B%22type%22:%22segment%22,%22value%22:%7B%22value%22:2%7D%7D%5D";
    let best = served.get(&format!("/apps/42/users?auth_token=a%3Db&sort_prop=spent_cents&limit=1&filters={filters}"));
    assert!(best.starts_with(r#"{"meta":{"status":200},"data":{"total":1075,"users":[{"id":19339,"#), "{best}");
}

#[test]
fn a_faulty_segment_ends_with_2_before_the_file_is_read() {
    let missing = "/nowhere/leads.jsonl";
    let known = r#"{"type":"known","property_name":"a"}"#;
    let [first, second, zeroth] = [1, 2, 0].map(|id| format!("{id}={known}"));
    for (segments, said) in [
        (&[second.as_str()][..], "--segment 2: segments are numbered from 1 in their order, so this one is 1"),
        (&[&zeroth], "--segment 0: segments are numbered from 1"),
        (&[&first, &first], "--segment 1: segments are numbered from 1 in their order, so this one is 2"),
        (&["1={"], "--segment 1: "),
        (&[r#"1={"type":"segment","value":{"value":1}}"#], "there is no segment with the id 1 (at /value/value)"),
        (&[&first, r#"2={"type":"segment","value":{"value":3}}"#], "--segment 2: there is no segment with the id 3"),
        (&["x={}"], "whole number"),
        (&["{}"], "ID=JSON"),
    ] {
        let mut args =
            vec!["serve", "--data", missing, "--app", "1", "--token", "X=users-list", "--listen", "127.0.0.1:0"];
        segments.iter().for_each(|segment| args.extend(["--segment", segment]));
        let said_on_stderr = stderr(2, &args);
        assert!(said_on_stderr.contains(said), "{segments:?}: {said_on_stderr}");
    }
}

#[test]
fn serve_takes_writes_of_a_token_that_may() {
    let served = Served::start(&["--now", "1998-07-01T00:00:00", "--token", "w=user-write,user-read"]);
    assert!(served.post("/users/7592/events", "auth_token=a%3Db&event=Called").contains("PermissionDeniedError"));
    // Event 1 has its number in the data already, without a name.
    assert_eq!(
        served.post("/users/7592/events", "auth_token=w&event=Called"),
        r#"{"meta":{"status":200},"data":{"event_id":2,"count":1}}"#
    );
    let online = served.post("/users/7592/setpresence", "auth_token=w&presence=online");
    assert_eq!(online, r#"{"meta":{"status":200},"data":{}}"#);
    assert!(served.get("/users/7592?auth_token=w").contains(r#""presence":"online""#));
}

#[test]
fn a_taken_address_is_told_at_once() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let args = ["serve", "--data", DATA, "--app", "1", "--token", "X=users-list", "--listen", &address];
    assert!(stderr(1, &args).contains(&address));
}

#[test]
fn help_and_version_are_answers() {
    for args in [&["--help"][..], &["--version"], &["query", "--help"], &["serve", "--help"]] {
        let out = stdout(args);
        assert!(!out.is_empty() && out.lines().all(|line| line.chars().count() <= 100), "{out}");
    }
    assert!(Path::new(DATA).exists());
}
