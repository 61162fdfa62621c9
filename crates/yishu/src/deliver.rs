//! `yishu deliver`: sends a file to a city and waits until it is checked and loaded.

use std::{
    error::Error,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use rules::delivery::RowFault;
use serde_json::Value;
use sha2::{Digest, Sha256};
use ureq::{Agent, Body, SendBody, http::Response};

use crate::failure::{FAILED, Failure, MISUSED, Outcome};

/// The batch is loaded, and some of its rows are refused.
const SOME_REFUSED: u8 = 3;
/// The city could not be reached.
const UNREACHABLE: u8 = 4;
/// The same file came under this batch id before: nothing was loaded now.
const REPEATED: u8 = 5;

/// How often the server is asked for the progress.
const ASK_EVERY: Duration = Duration::from_millis(300);
/// How often in a row it may fail to answer.
const FAILURES_MAX: u32 = 20;

/// Options of `yishu deliver`.
#[derive(Args, Debug)]
pub struct DeliverArgs {
    /// 目录条目编号（在条目页面或其地址中）
    #[arg(long, value_name = "编号")]
    entry: String,
    /// 数据文件：CSV、XLSX 或 JSON Lines
    #[arg(long, value_name = "文件")]
    file: PathBuf,
    /// 归集方式：full 全量替换，incremental 按主键更新或新增
    #[arg(
        long,
        value_name = "方式",
        default_value = "full",
        hide_possible_values = true
    )]
    kind: Kind,
    /// 批次号：同一批次号只入库一次，不能再用于另一份文件；不给出则取自文件内容的摘要
    #[arg(long, value_name = "批次号")]
    batch: Option<String>,
    /// 平台地址
    #[arg(
        long,
        value_name = "网址",
        env = "YISHU_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    server: String,
    /// 应用密钥，以 yk_ 开头；写在命令行上会被同机的人看到，建议用环境变量
    #[arg(long, value_name = "密钥", env = "YISHU_KEY")]
    key: String,
    /// 拒收明细存到此文件；不给出则存在数据文件旁
    #[arg(long, value_name = "文件")]
    refusals: Option<PathBuf>,
}

/// Whether a batch replaces all rows or adds to them.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Full,
    Incremental,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Full => "full",
            Kind::Incremental => "incremental",
        }
    }
}

/// Sends the file and waits for the outcome.
pub fn run(args: &DeliverArgs) -> Outcome {
    let client = Client::new(args)?;
    let length = fs::metadata(&args.file).map_err(unreadable(&args.file))?.len();
    if length == 0 {
        return Err(Failure::with(
            MISUSED,
            format!("文件 {} 是空的。", args.file.display()),
        ));
    }
    let batch = match &args.batch {
        Some(batch) => batch.clone(),
        None => digest(&args.file)?,
    };
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let path = format!("/api/v1/entries/{}/deliveries", escaped(&args.entry));
    let query = [
        ("batch", batch.as_str()),
        ("kind", args.kind.name()),
        ("name", &name),
    ];
    let sent = client.upload(&path, &query, &args.file, length)?;
    let id = sent["delivery"].as_str().unwrap_or_default().to_owned();
    let is_repeat = sent["repeated"] == true;
    let done = client.wait(&id, sent)?;
    print_outcome(&done, &batch);
    let has_refusals = done["refusals"].is_string();
    if has_refusals {
        let target = args.refusals.clone().unwrap_or_else(|| beside(&args.file));
        client.save_refusals(&id, &target)?;
        println!("拒收明细　{}", target.display());
    }
    if is_repeat {
        println!("该批次此前已经接收，没有再次入库。如确需再次入库，请用 --batch 给出新的批次号。");
        return Ok(ExitCode::from(REPEATED));
    }
    Ok(match done["state"].as_str() {
        Some("loaded") if number(&done, "refused") == 0 => ExitCode::SUCCESS,
        Some("loaded") => ExitCode::from(SOME_REFUSED),
        _ => ExitCode::from(FAILED),
    })
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Box<dyn Error> {
    let path = path.display().to_string();
    move |cause| Failure::with(MISUSED, format!("文件 {path} 读不出来：{cause}。请核对 --file。"))
}

/// The batch id of a file: the same file sent again is the same batch.
fn digest(path: &Path) -> Result<String, Box<dyn Error>> {
    let mut file = File::open(path).map_err(unreadable(path))?;
    let (mut hasher, mut part) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut part).map_err(unreadable(path))? {
            0 => break,
            length => hasher.update(&part[..length]),
        }
    }
    let hex: String = hasher
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("sha256-{hex}"))
}

/// The refused rows go beside the file they were in.
fn beside(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}-拒收明细.csv"))
}

/// One part of an address, in which only plain characters stand as they are.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or(0)
}

/// The city as the command sees it.
struct Client {
    agent: Agent,
    server: String,
    key: String,
}

impl Client {
    fn new(args: &DeliverArgs) -> Result<Client, Box<dyn Error>> {
        let server = args.server.trim_end_matches('/').to_owned();
        if !server.starts_with("http://") && !server.starts_with("https://") {
            return Err(Failure::with(
                MISUSED,
                "平台地址应以 http:// 或 https:// 开头，如 --server http://127.0.0.1:8080",
            ));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(120)));
        Ok(Client {
            agent: config.build().new_agent(),
            server,
            key: args.key.trim().to_owned(),
        })
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.key)
    }

    /// Sends the file; gives the delivery as the server took it.
    fn upload(
        &self,
        path: &str,
        query: &[(&str, &str)],
        file: &Path,
        length: u64,
    ) -> Result<Value, Box<dyn Error>> {
        let bar = ProgressBar::new(length).with_style(style("上传", "{bytes}/{total_bytes} {bytes_per_sec}"));
        let mut reader = bar.wrap_read(File::open(file).map_err(unreadable(file))?);
        let mut request = self
            .agent
            .post(format!("{}{path}", self.server))
            .header("authorization", self.bearer())
            .header("content-type", "application/octet-stream")
            .header("content-length", length.to_string())
            // A server that refuses the key or the entry says so before the file is sent.
            .header("expect", "100-continue");
        for (name, value) in query {
            request = request.query(name, value);
        }
        let response = request
            .send(SendBody::from_reader(&mut reader))
            .map_err(|error| self.unreachable(&error))?;
        bar.finish_and_clear();
        self.json(response)
    }

    /// Waits until the delivery is checked and loaded.
    fn wait(&self, id: &str, sent: Value) -> Result<Value, Box<dyn Error>> {
        let bar = ProgressBar::new(100).with_style(style("校验", "{pos}% {msg}"));
        let (mut state, mut failures) = (sent, 0);
        while state["state"] == "checking" {
            let progress = &state["progress"];
            bar.set_position(progress["percent"].as_f64().unwrap_or(0.0) as u64);
            let stage = progress["stage_label"].as_str().unwrap_or_default();
            bar.set_message(format!(
                "{stage} {} 行，拒收 {} 行",
                number(progress, "rows"),
                number(progress, "refused")
            ));
            thread::sleep(ASK_EVERY);
            let answer = self.get(&format!("/api/v1/deliveries/{}", escaped(id)));
            // A restart of the server or of its database does not lose the batch; it goes on with it.
            let fails = answer.as_ref().map_or(true, |it| it.status().is_server_error());
            match answer {
                _ if fails && failures < FAILURES_MAX => {
                    failures += 1;
                    thread::sleep(ASK_EVERY * failures);
                }
                Ok(response) => {
                    state = self.json(response)?;
                    failures = 0;
                }
                Err(error) => return Err(self.unreachable(&error)),
            }
        }
        bar.finish_and_clear();
        Ok(state)
    }

    fn get(&self, path: &str) -> Result<Response<Body>, ureq::Error> {
        self.agent
            .get(format!("{}{path}", self.server))
            .header("authorization", self.bearer())
            .call()
    }

    fn save_refusals(&self, id: &str, target: &Path) -> Result<(), Box<dyn Error>> {
        let path = format!("/api/v1/deliveries/{}/refusals", escaped(id));
        let mut response = self.get(&path).map_err(|error| self.unreachable(&error))?;
        if response.status() != 200 {
            return Err(refused(response));
        }
        let unwritable = |cause: io::Error| {
            Failure::new(format!(
                "拒收明细写不到 {}：{cause}。请用 --refusals 另选文件。",
                target.display()
            ))
        };
        let mut file = File::create(target).map_err(unwritable)?;
        let mut body = response.body_mut().with_config().limit(u64::MAX).reader();
        io::copy(&mut body, &mut file).map_err(unwritable)?;
        Ok(())
    }

    /// The answer, or the refusal in the server's words.
    fn json(&self, mut response: Response<Body>) -> Result<Value, Box<dyn Error>> {
        if !response.status().is_success() {
            return Err(refused(response));
        }
        let mut text = String::new();
        response.body_mut().as_reader().read_to_string(&mut text)?;
        serde_json::from_str(&text).map_err(|_| {
            Failure::with(
                UNREACHABLE,
                format!("{} 的回答不是一数平台的回答。请核对 --server。", self.server),
            )
            .into()
        })
    }

    fn unreachable(&self, error: &ureq::Error) -> Box<dyn Error> {
        Failure::with(
            UNREACHABLE,
            format!(
                "连不上平台 {}：{error}。请核对 --server 和网络后重试；同一文件重发不会重复入库。",
                self.server
            ),
        )
    }
}

/// What the server says when it does not take something.
fn refused(mut response: Response<Body>) -> Box<dyn Error> {
    let status = response.status();
    let text = response.body_mut().read_to_string().unwrap_or_default();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let error = &body["error"];
    match (error["message"].as_str(), error["code"].as_str()) {
        (Some(message), Some(code)) => Failure::new(format!("{message}（{code}）")),
        _ => Failure::with(
            UNREACHABLE,
            format!("平台回答了 {status}，没有说明原因。请核对 --server，或联系系统管理员。"),
        ),
    }
}

fn style(what: &str, rest: &str) -> ProgressStyle {
    let template = format!("{what} {{bar:32}} {rest}");
    ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("█▉ ")
}

/// The rows in numbers. Of a batch refused whole none was loaded, however many were good.
fn counts(done: &Value) -> String {
    let (rows, accepted, refused) = (
        number(done, "rows"),
        number(done, "accepted"),
        number(done, "refused"),
    );
    if done["state"] == "refused" {
        format!("读取 {rows} 行，其中 {refused} 行不合格，整批未入库")
    } else {
        format!("共 {rows} 行，入库 {accepted} 行，拒收 {refused} 行")
    }
}

/// The counts, why rows were refused, and the six scores.
fn print_outcome(done: &Value, batch: &str) {
    println!(
        "批次　　　{batch}：{}",
        done["state_label"].as_str().unwrap_or("未知")
    );
    if let Some(message) = done["refusal"]["message"].as_str() {
        let code = done["refusal"]["code"].as_str().unwrap_or_default();
        println!("原因　　　{message}（{code}）");
    }
    println!("行数　　　{}", counts(done));
    for (fault, rows) in done["by_fault"].as_object().into_iter().flatten() {
        let label = RowFault::parse(fault).map_or(fault.as_str(), |it| it.label());
        println!("　　　　　{label} {rows} 行");
    }
    if done["by_fault"].as_object().is_some_and(|it| !it.is_empty()) {
        println!("　　　　　（一行有多处问题的，只计第一处；拒收明细中全部列出）");
    }
    if let Some(after) = done["rows_after"].as_u64() {
        println!("现有数据　{after} 行（版本 {}）", number(done, "data_version"));
    }
    let scores = done["scores"].as_array().into_iter().flatten();
    let scores: Vec<String> = scores
        .filter_map(|it| {
            let label = it["label"].as_str()?;
            // A dimension of which the entry has no rule is not scored.
            Some(
                it["percent"]
                    .as_f64()
                    .map_or_else(|| format!("{label} 未评"), |it| format!("{label} {it:.1}")),
            )
        })
        .collect();
    if !scores.is_empty() {
        println!("质量评分　{}", scores.join("　"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_file_is_the_same_batch_and_another_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (one, same, other) = (path("a", "甲"), path("b", "甲"), path("c", "乙"));
        assert_eq!(digest(&one).unwrap(), digest(&same).unwrap());
        assert_ne!(digest(&one).unwrap(), digest(&other).unwrap());
        assert_eq!(digest(&one).unwrap().len(), "sha256-".len() + 32);
    }

    #[test]
    fn refused_rows_go_beside_the_file() {
        assert_eq!(
            beside(Path::new("/a/户籍.2026.csv")),
            Path::new("/a/户籍.2026-拒收明细.csv")
        );
    }

    #[test]
    fn an_entry_id_cannot_lead_to_another_address() {
        assert_eq!(escaped("../x?y"), "..%2Fx%3Fy");
    }
}
