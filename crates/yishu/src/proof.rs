//! `yishu evidence`: checks of the log and of receipts, offline.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use rules::calendar;

use crate::failure::{FAILED, Failure, Outcome};

/// Tasks of `yishu evidence`.
#[derive(Subcommand, Debug)]
pub enum ProofTask {
    /// 离线核对整份证据日志：逐条、逐字节；发现第一处问题时指出条目、文件和位置
    #[command(
        after_help = "示例：\n  yishu evidence verify\n  yishu evidence verify /备份/evidence --vkey 公钥.txt"
    )]
    Verify(VerifyArgs),
    /// 离线验证一份回执：内容、时间、在日志中的位置都与签名一致
    #[command(after_help = "示例：\n  yishu evidence receipt 回执.txt --vkey 公钥.txt")]
    Receipt(ReceiptArgs),
    /// 打印日志的公钥（vkey），交给需要离线验证的人
    #[command(after_help = "示例：\n  yishu evidence vkey > 公钥.txt")]
    Vkey(VkeyArgs),
}

/// Options of `yishu evidence verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// 证据日志目录；不给出则为 数据目录/evidence
    #[arg(value_name = "目录")]
    dir: Option<PathBuf>,
    /// 公钥，或存有公钥的文件；不给出则用日志旁的公钥（只能证明日志自身一致）
    #[arg(long, value_name = "公钥")]
    vkey: Option<String>,
    /// 数据目录
    #[arg(long, value_name = "目录", env = "YISHU_DATA", default_value = "./yishu-data")]
    data: PathBuf,
}

/// Options of `yishu evidence receipt`.
#[derive(Args, Debug)]
pub struct ReceiptArgs {
    /// 回执文件
    #[arg(value_name = "回执")]
    file: PathBuf,
    /// 公钥，或存有公钥的文件。请从日志以外的途径取得
    #[arg(long, value_name = "公钥")]
    vkey: String,
}

/// Options of `yishu evidence vkey`.
#[derive(Args, Debug)]
pub struct VkeyArgs {
    /// 证据日志目录；不给出则为 数据目录/evidence
    #[arg(value_name = "目录")]
    dir: Option<PathBuf>,
    /// 数据目录
    #[arg(long, value_name = "目录", env = "YISHU_DATA", default_value = "./yishu-data")]
    data: PathBuf,
}

/// Does one task.
pub fn run(task: &ProofTask) -> Outcome {
    match task {
        ProofTask::Verify(args) => verify(args),
        ProofTask::Receipt(args) => receipt(args),
        ProofTask::Vkey(args) => {
            let path = log_dir(args.dir.as_deref(), &args.data)?.join("vkey");
            print!("{}", read(&path)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn verify(args: &VerifyArgs) -> Outcome {
    let dir = log_dir(args.dir.as_deref(), &args.data)?;
    let vkey = args.vkey.as_deref().map(key_text).transpose()?;
    let report = evidence::verify(&dir, vkey.as_deref());
    print!("{report}");
    if report.is_sound() && vkey.is_none() {
        println!("提示：用的是日志旁的公钥。要排除整份日志被替换，请用 --vkey 给出另行保存的公钥。");
    }
    Ok(if report.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FAILED)
    })
}

fn receipt(args: &ReceiptArgs) -> Outcome {
    let vkey = key_text(&args.vkey)?;
    let receipt = evidence::verify_receipt(&read(&args.file)?, &vkey)
        .map_err(|error| Failure::new(format!("回执不成立：{error}")))?;
    let at = Timestamp::from_millisecond(receipt.at_ms).map(calendar::local)?;
    println!("回执成立");
    println!(
        "  序号　{}（签名时日志共 {} 条）",
        receipt.index, receipt.tree_size
    );
    println!("  时间　{}", at.strftime("%Y-%m-%d %H:%M:%S"));
    let kind = match receipt.kind.as_str() {
        "act" => "办理",
        "call" => "调用",
        other => other,
    };
    println!("  类别　{kind}");
    match receipt.body {
        Some(body) => {
            for (label, words) in app::evidence::told(&receipt.kind, &body) {
                println!("  {label}　{words}");
            }
            println!("  原文　{}", String::from_utf8_lossy(&body));
        }
        None => println!("  内容　已按期清除，证明仍然有效"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The directory of the log; whoever names the data directory means the log inside.
fn log_dir(dir: Option<&Path>, data: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let inside = dir.unwrap_or(data).join("evidence");
    let found = dir.filter(|_| !inside.is_dir()).map_or(inside, Path::to_owned);
    if found.is_dir() {
        return Ok(found);
    }
    let words = format!(
        "没有找到证据日志目录 {}。请给出日志目录，或用 --data 给出数据目录。",
        found.display()
    );
    Err(Failure::new(words))
}

/// A key, or the key in the file of that name.
fn key_text(given: &str) -> Result<String, Box<dyn Error>> {
    let is_file = Path::new(given).is_file();
    Ok(if is_file {
        read(Path::new(given))?.trim().to_owned()
    } else {
        given.trim().to_owned()
    })
}

fn read(path: &Path) -> Result<String, Box<dyn Error>> {
    fs::read_to_string(path).map_err(|cause| -> Box<dyn Error> {
        Failure::new(format!(
            "文件 {} 读不出来：{cause}。请核对路径和权限。",
            path.display()
        ))
    })
}
