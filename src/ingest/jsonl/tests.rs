use super::{JsonLines, Progress, Reject, Settings};
use crate::error::{Error, ErrorKind};
use crate::ingest::{ParsedBatch, ParsedLead};
use crate::value::Value;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Cursor, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Tiny batches: a few lines make many of them.
const TINY: Settings = Settings { batch_bytes: 48, line_bytes: 1 << 20, parsers: 3 };

fn source(bytes: impl Into<Vec<u8>>, settings: Settings) -> JsonLines {
    let mut source = JsonLines::from_reader(Cursor::new(bytes.into()));
    source.settings = settings;
    source
}

fn batches(source: JsonLines) -> Result<Vec<ParsedBatch>, Error> {
    let mut batches = Vec::new();
    source.for_each_batch(&mut |batch| {
        batches.push(batch);
        Ok(())
    })?;
    Ok(batches)
}

/// (line, id) of each lead and (line, code) of each reject.
type Outcome = (Vec<(u64, u64)>, Vec<(u64, &'static str)>);

fn load_with(bytes: impl Into<Vec<u8>>, settings: Settings) -> Outcome {
    let batches = batches(source(bytes, settings)).unwrap();
    let leads = batches.iter().flat_map(|batch| &batch.leads).map(|lead| (lead.line, lead.id)).collect();
    let rejects = batches.iter().flat_map(|batch| &batch.rejects).map(|reject| (reject.line, reject.code)).collect();
    (leads, rejects)
}

fn load(bytes: impl Into<Vec<u8>>) -> Outcome {
    let bytes = bytes.into();
    let tiny = load_with(bytes.clone(), TINY);
    assert_eq!(tiny, load_with(bytes, Settings::default()), "the size of batches changes nothing");
    tiny
}

/// The one lead of one line, with its properties by name.
fn lead(line: &str) -> (ParsedLead, Vec<(String, Value)>) {
    let batch = batches(source(line, TINY)).unwrap().pop().unwrap();
    assert_eq!(batch.rejects, [], "{line}");
    let lead = batch.leads.into_iter().next().unwrap();
    let props = lead.props.iter().map(|(i, value)| (batch.names[*i as usize].clone(), value.clone())).collect();
    (lead, props)
}

fn reject(line: impl Into<Vec<u8>>) -> Reject {
    let mut batch = batches(source(line, TINY)).unwrap().pop().unwrap();
    assert!(batch.leads.is_empty() && batch.names.is_empty(), "nothing of a rejected line is kept");
    batch.rejects.pop().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn numbered(range: std::ops::Range<u64>) -> Vec<u8> {
    range.flat_map(|id| format!("{{\"id\":{id},\"props\":{{\"plan\":\"pro\"}}}}\n").into_bytes()).collect()
}

#[test]
fn batches_arrive_in_the_order_of_the_file() {
    let (leads, rejects) = load(numbered(1..20_001));
    assert!(leads.iter().copied().eq((1..20_001).map(|i| (i, i))));
    assert_eq!(rejects, []);
}

#[test]
fn a_file_of_many_full_batches_keeps_its_order_and_its_count() {
    let bytes = numbered(1..200_001);
    let batches = batches(source(bytes, Settings::default())).unwrap();
    assert!(batches.len() > 20);
    assert!(batches.iter().all(|batch| batch.names == ["plan"]), "a name is held once a batch");
    assert_eq!(batches.iter().map(|batch| batch.lines).sum::<u64>(), 200_000);
    assert!(batches.iter().flat_map(|batch| &batch.leads).map(|lead| lead.id).eq(1..200_001));
}

#[test]
fn line_ends_blank_lines_and_a_byte_order_mark_are_accepted() {
    let text = "\u{feff}{\"id\":1}\r\n\r\n  \n\n{\"id\":2}\n \t {\"id\":3} \r\n{\"id\":4}";
    assert_eq!(load(text), (vec![(1, 1), (5, 2), (6, 3), (7, 4)], vec![]));
    assert_eq!(load("\u{feff}"), (vec![], vec![]));
    assert_eq!(load(""), (vec![], vec![]));
    assert_eq!(load("\n\n"), (vec![], vec![]));
    assert_eq!(load("{\"id\":1}\n\u{feff}{\"id\":2}\n").1, [(2, "invalid_json")], "a mark is a mark only at the start");
}

#[test]
fn a_line_with_everything_becomes_a_lead() {
    let (lead, props) = lead(
        r#"{"props":{"$email":"a\u0062@x","n":5.0,"big":1e3,"since":"2026-01-02","yes":true,"tags":["a","","b"],
        "none":null,"empty":"","$sessions":"7","$phone":495},"web_push":true,"conversations":2e0,"user_id":54784,"id":18446744073709551615}"#
            .replace('\n', " ")
            .as_str(),
    );
    assert_eq!((lead.id, lead.conversations, lead.web_push), (u64::MAX, 2, true));
    assert_eq!(lead.user_id.as_deref(), Some("54784"));
    let expected = [
        ("$email", Value::from("ab@x")),
        ("n", Value::Number(5)),
        ("big", Value::Number(1_000)),
        ("since", Value::from("2026-01-02T00:00:00")),
        ("yes", Value::Boolean(true)),
        ("tags", Value::from(["a", "b"])),
        ("$sessions", Value::Number(7)),
        ("$phone", Value::from("495")),
    ];
    assert_eq!(props, expected.map(|(name, value)| (name.to_owned(), value)));
}

#[test]
fn absent_is_absent() {
    let (bare, props) =
        lead(r#"{"id":1,"user_id":null,"conversations":null,"web_push":null,"props":{"a":null,"b":"","c":[""]}}"#);
    assert_eq!((bare.user_id, bare.conversations, bare.web_push, props.len()), (None, 0, false, 0));
    assert_eq!(lead(r#"{"id":1,"user_id":"","props":null}"#).0.user_id, None);
}

#[test]
fn each_fault_has_its_code() {
    for (line, code) in [
        (r#"{"id":0}"#, "invalid_id"),
        (r#"{"id":-1}"#, "invalid_id"),
        (r#"{"id":18446744073709551616}"#, "invalid_id"),
        (r#"{"id":1.5}"#, "fraction"),
        (r#"{"id":"1"}"#, "wrong_type"),
        (r#"{"id":null}"#, "missing_id"),
        ("{}", "missing_id"),
        (r#"{"id":1,"name":"x"}"#, "unknown_key"),
        (r#"{"id":1,"id":1}"#, "duplicate_key"),
        (r#"{"id":1,"user_id":true}"#, "wrong_type"),
        (r#"{"id":1,"user_id":1.5}"#, "fraction"),
        (r#"{"id":1,"conversations":-1}"#, "out_of_range"),
        (r#"{"id":1,"conversations":9007199254740993}"#, "out_of_range"),
        (r#"{"id":1,"conversations":"1"}"#, "wrong_type"),
        (r#"{"id":1,"web_push":1}"#, "wrong_type"),
        (r#"{"id":1,"props":[]}"#, "wrong_type"),
        (r#"[{"id":1}]"#, "wrong_type"),
        ("5", "wrong_type"),
        ("{\"id\":1", "invalid_json"),
        (r#"{"id":1} {"id":2}"#, "invalid_json"),
        (r#"{"id":1,}"#, "invalid_json"),
        (r#"{"id":01}"#, "invalid_json"),
        (r#"{"id":1,"user_id":"\ud800"}"#, "invalid_json"),
        (r#"{"id":1.0,"user_id":"\ud800"}"#, "invalid_json"),
        ("nonsense", "invalid_json"),
    ] {
        assert_eq!(reject(line).code, code, "{line}");
    }
    assert_eq!(reject(b"{\"id\":1,\"props\":{\"a\":\"\xff\"}}").code, "invalid_utf8");
    assert_eq!(reject(format!(r#"{{"id":1,"user_id":"{}"}}"#, "x".repeat(256))).code, "too_long");
    assert!(reject(r#"{"id":1,!}"#).message.starts_with("column 9:"), "{}", reject(r#"{"id":1,!}"#).message);
}

#[test]
fn each_fault_of_a_property_has_its_code_and_names_it() {
    for (props, code) in [
        (r#""p":0.5"#, "fraction"),
        (r#""p":9007199254740992.5"#, "fraction"),
        (r#""p":9007199254740993"#, "out_of_range"),
        (r#""p":-9007199254740993.0"#, "out_of_range"),
        (r#""p":1e400"#, "out_of_range"),
        (r#""p":{"a":{"b":1}}"#, "wrong_type"),
        (r#""p":["a",1]"#, "wrong_type"),
        (r#""p":["a",1e400]"#, "wrong_type"),
        (r#""p":["a",null]"#, "wrong_type"),
        (r#""p":1,"p":2"#, "duplicate_key"),
        (r#""p":null,"p":2"#, "duplicate_key"),
        (r#""p":2,"p":"""#, "duplicate_key"),
        (r#""p":1.0,"\u0070":2"#, "duplicate_key"),
    ] {
        let reject = reject(format!(r#"{{"id":1,"props":{{"q":1,{props}}}}}"#));
        assert_eq!(reject.code, code, "{props}");
        assert!(reject.message.contains("\"p\""), "{}", reject.message);
    }
    for (name, value, code) in [
        ("$sessions", "\"many\"", "wrong_type"),
        ("$user_id", "\"7\"", "reserved"),
        ("$id", "null", "reserved"),
        ("", "1", "bad_name"),
        (&"n".repeat(256), "1", "bad_name"),
        ("list", &format!("[{}\"x\"]", "\"x\",".repeat(30)), "list_full"),
        ("text", &format!("\"{}\"", "ж".repeat(256)), "too_long"),
    ] {
        assert_eq!(reject(format!(r#"{{"id":1,"props":{{"{name}":{value}}}}}"#)).code, code, "{name}");
    }
}

#[test]
fn a_rejected_line_leaves_no_name_behind() {
    let text = "{\"id\":1,\"props\":{\"a\":1}}\n{\"id\":2,\"props\":{\"a\":1,\"b\":1,\"c\":0.5}}\n{\"id\":3,\"props\":{\"c\":1,\"a\":2}}\n";
    let batches = batches(source(text, Settings::default())).unwrap();
    assert_eq!(batches[0].names, ["a", "c"]);
    assert_eq!(batches[0].leads[1].props, [(1, Value::Number(1)), (0, Value::Number(2))]);
    assert_eq!((batches[0].rejects[0].line, batches[0].lines), (2, 3));
}

#[test]
fn a_line_that_is_too_long_is_skipped_and_the_rest_loads() {
    let long = |bytes: usize| format!("{{\"id\":9,\"props\":{{\"a\":\"\"}}}}{}", " ".repeat(bytes - 25));
    for settings in [
        Settings { batch_bytes: 16, line_bytes: 100, parsers: 2 },
        Settings { batch_bytes: 64, line_bytes: 100, parsers: 2 },
        Settings { batch_bytes: 4_096, line_bytes: 100, parsers: 2 },
    ] {
        for end in ["\n", "\r\n"] {
            let text = [r#"{"id":1}"#, &long(100), &long(101), &long(2_000), &long(150), r#"{"id":2}"#].join(end);
            let (leads, rejects) = load_with(text, settings);
            assert_eq!(leads, [(1, 1), (2, 9), (6, 2)], "{settings:?}");
            assert_eq!(rejects, [(3, "line_too_long"), (4, "line_too_long"), (5, "line_too_long")]);
        }
        assert_eq!(load_with(long(102), settings), (vec![], vec![(1, "line_too_long")]), "also as the last line");
    }
    let (leads, rejects) = load_with(long(5 << 20) + "\n{\"id\":2}", Settings::default());
    assert_eq!((leads, rejects), (vec![(2, 2)], vec![(1, "line_too_long")]));
}

#[test]
fn gzip_is_told_by_content_and_may_have_members() {
    let whole = load(numbered(1..301));
    assert_eq!(load(gzip(&numbered(1..301))), whole);
    let mut two = gzip(&numbered(1..101));
    two.extend(gzip(&numbered(101..301)));
    assert_eq!(load(two.clone()), whole);
    let batches = batches(source(two.clone(), TINY)).unwrap();
    assert_eq!(batches.last().unwrap().bytes_read, two.len() as u64, "compressed bytes are counted");
    assert_eq!(load(gzip("\u{feff}{\"id\":1}".as_bytes())).0, [(1, 1)]);
}

#[test]
fn gzip_that_is_not_whole_is_an_error() {
    let whole = gzip(&numbered(1..301));
    for length in [2, 9, 30, whole.len() / 2, whole.len() - 8, whole.len() - 1] {
        let error = batches(source(&whole[..length], TINY)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{length} of {}", whole.len());
        assert!(error.to_string().contains("cannot read the source"), "{error}");
    }
    let mut damaged = whole.clone();
    damaged[whole.len() - 6] ^= 1;
    assert_eq!(batches(source(damaged, TINY)).unwrap_err().kind(), ErrorKind::Io);
    let mut tailed = whole;
    tailed.extend(b"and then some");
    assert_eq!(batches(source(tailed, TINY)).unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn an_error_of_the_sink_ends_the_import() {
    for settings in [TINY, Settings { parsers: 1, ..TINY }] {
        let mut seen = 0;
        let outcome = source(numbered(1..50_001), settings).for_each_batch(&mut |_| {
            seen += 1;
            if seen == 3 { Err(Error::invalid("enough", "enough")) } else { Ok(()) }
        });
        assert_eq!((outcome.unwrap_err().code(), seen), ("enough", 3));
    }
}

/// Gives `bytes`, then fails or panics.
struct Breaks {
    bytes: Cursor<Vec<u8>>,
    panics: bool,
}

impl Read for Breaks {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.bytes.read(into)? {
            0 if self.panics => panic!("the source panics"),
            0 => Err(io::Error::other("the cable is out")),
            count => Ok(count),
        }
    }
}

/// Tells how far it has been read.
struct Watched(Cursor<Vec<u8>>, Arc<AtomicU64>);

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(into)?;
        self.1.fetch_add(count as u64, Ordering::SeqCst);
        Ok(count)
    }
}

#[test]
fn the_reader_runs_ahead_no_further_than_the_buffers_hold() {
    let read = Arc::new(AtomicU64::new(0));
    let mut source = JsonLines::from_reader(Watched(Cursor::new(numbered(1..2_001)), Arc::clone(&read)));
    source.settings = TINY;
    let buffers = 2 * TINY.parsers + 2;
    let mut slow = 5;
    source
        .for_each_batch(&mut |batch| {
            if slow > 0 {
                std::thread::sleep(std::time::Duration::from_millis(20));
                slow -= 1;
            }
            let ahead = read.load(Ordering::SeqCst) - batch.bytes_read;
            assert!(ahead <= (buffers * TINY.batch_bytes) as u64, "{ahead} bytes ahead");
            Ok(())
        })
        .unwrap();
}

#[test]
fn an_error_of_the_source_is_the_imports_error() {
    let mut source = JsonLines::from_reader(Breaks { bytes: Cursor::new(numbered(1..1_001)), panics: false });
    source.settings = TINY;
    let error = batches(source).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Io, "io"));
    assert!(error.to_string().contains("the cable is out"), "{error}");
}

#[test]
fn a_panic_of_the_source_or_of_the_sink_goes_on_in_the_caller() {
    let run = |panics: bool| {
        std::panic::catch_unwind(move || {
            let mut source = JsonLines::from_reader(Breaks { bytes: Cursor::new(numbered(1..1_001)), panics });
            source.settings = TINY;
            source.for_each_batch(&mut |_| if panics { Ok(()) } else { panic!("the sink panics") })
        })
        .unwrap_err()
    };
    assert_eq!(run(true).downcast_ref::<&str>(), Some(&"the source panics"));
    assert_eq!(run(false).downcast_ref::<&str>(), Some(&"the sink panics"));
}

#[test]
fn progress_only_grows_and_ends_at_the_whole() {
    let path = std::env::temp_dir().join(format!("lead-index-progress-{}.jsonl", std::process::id()));
    let bytes = numbered(1..5_001);
    std::fs::write(&path, &bytes).unwrap();
    let seen: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let log = Arc::clone(&seen);
    let mut source = JsonLines::open(&path).unwrap().on_progress(move |progress| log.lock().unwrap().push(progress));
    source.settings = TINY;
    batches(source).unwrap();
    std::fs::remove_file(&path).unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.windows(2).all(|pair| pair[0].lines <= pair[1].lines && pair[0].bytes <= pair[1].bytes));
    let total = bytes.len() as u64;
    assert_eq!(seen.last(), Some(&Progress { lines: 5_000, bytes: total, total_bytes: Some(total) }));
}

#[test]
fn what_cannot_be_opened_is_named() {
    let missing = JsonLines::open("/no/such/leads.jsonl").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
    assert!(missing.to_string().contains("/no/such/leads.jsonl"), "{missing}");
    let directory = JsonLines::open(std::env::temp_dir()).unwrap_err();
    assert!(directory.to_string().contains("directory"), "{directory}");
}
