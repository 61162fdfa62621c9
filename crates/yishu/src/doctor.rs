//! `yishu doctor`: what is wrong with an installation, and what to do about it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::ExitCode};

use app::notices::mail::Mailer;
use clap::Args;
use jiff::civil::Date;
use rules::calendar::{self, Calendar};
use store::{Engine, Inspection};

use crate::{
    clock,
    failure::{FAILED, Outcome},
    lock::Lock,
    mail::MailArgs,
    place::Place,
};

/// Options of `yishu doctor`.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    mail: MailArgs,
}

/// Free space below which the disk is about to be full.
const FREE_MIN: u64 = 1 << 30;
/// Records of the log up to this size are checked in full.
const LOG_CHECKED_MAX: u64 = 512 << 20;

/// One thing that was looked at.
struct Check {
    what: &'static str,
    found: Result<String, Trouble>,
}

/// What is wrong, and what to do about it.
struct Trouble {
    words: String,
    remedy: String,
}

fn trouble(words: impl Into<String>, remedy: impl Into<String>) -> Trouble {
    Trouble {
        words: words.into(),
        remedy: remedy.into(),
    }
}

/// Looks at everything and prints a table; fails when anything is wrong.
pub async fn command(args: DoctorArgs) -> Outcome {
    let place = &args.place;
    let store = place.store()?;
    let today = calendar::today(clock::now());
    let mut checks = vec![
        Check {
            what: "数据目录",
            found: directory(&place.data),
        },
        Check {
            what: "权限",
            found: permissions(&place.data),
        },
        Check {
            what: "磁盘空间",
            found: space(&place.data),
        },
        Check {
            what: "进程",
            found: Ok(process(&place.data)),
        },
    ];
    let inspected = store::inspect(&store).await;
    let seen = inspected.as_ref().ok().cloned();
    checks.extend(database(
        inspected.map_err(|error| error.to_string()),
        place.database.is_some(),
    ));
    checks.push(Check {
        what: "工作日历",
        found: holidays(seen.as_ref().and_then(|it| it.last_holiday), today),
    });
    checks.push(Check {
        what: "证据日志",
        found: log(&place.evidence(), seen.as_ref()),
    });
    checks.extend(seen.as_ref().map(|seen| Check {
        what: "数据文件",
        found: files(seen),
    }));
    checks.push(Check {
        what: "签名密钥",
        found: key(place),
    });
    checks.push(Check {
        what: "邮件通知",
        found: post(&args.mail).await,
    });
    for check in &checks {
        print(check);
    }
    let wrong = checks.iter().filter(|it| it.found.is_err()).count();
    if wrong == 0 {
        println!("\n一切正常。");
        return Ok(ExitCode::SUCCESS);
    }
    println!("\n发现 {wrong} 处问题，请按“→”后的说明处理。");
    Ok(ExitCode::from(FAILED))
}

fn print(check: &Check) {
    // Four characters wide, so that the second column begins at one place.
    let what: String = check.what.chars().chain("　　　　".chars()).take(4).collect();
    match &check.found {
        Ok(words) => println!("✓ {what}　{words}"),
        Err(Trouble { words, remedy }) => println!("✗ {what}　{words}\n  　　　　　→ {remedy}"),
    }
}

fn directory(data: &Path) -> Result<String, Trouble> {
    let shown = data.display();
    if !data.is_dir() {
        let remedy = format!("首次启动会建立它：yishu serve --data {shown}；若已有城市，请核对 --data");
        return Err(trouble(format!("{shown} 不存在"), remedy));
    }
    tempfile::NamedTempFile::new_in(data)
        .map(|_| format!("{shown}，可写"))
        .map_err(|cause| {
            trouble(
                format!("{shown} 不能写：{cause}"),
                "请把目录交给运行服务的用户：chown -R 用户 目录",
            )
        })
}

fn permissions(data: &Path) -> Result<String, Trouble> {
    let mode = fs::metadata(data)
        .map_err(|_| trouble("数据目录不存在", "见上"))?
        .permissions()
        .mode();
    if mode & 0o007 == 0 {
        return Ok("其他用户不能进入数据目录".to_owned());
    }
    Err(trouble(
        "本机其他用户可以进入数据目录",
        format!("chmod 700 {}", data.display()),
    ))
}

fn space(data: &Path) -> Result<String, Trouble> {
    let place = data.ancestors().find(|it| it.is_dir()).unwrap_or(Path::new("."));
    let space =
        rustix::fs::statvfs(place).map_err(|cause| trouble(format!("读不出来：{cause}"), "请用 df 查看"))?;
    let (free, all) = (
        space.f_bavail * space.f_frsize,
        (space.f_blocks * space.f_frsize).max(1),
    );
    let gib = |bytes: u64| bytes as f64 / (1u64 << 30) as f64;
    let words = format!("剩余 {:.1} GiB（共 {:.1} GiB）", gib(free), gib(all));
    if free < FREE_MIN || free * 50 < all {
        return Err(trouble(words, "请清理或扩充磁盘：写满后一切办理和调用都会被拒绝"));
    }
    Ok(words)
}

fn process(data: &Path) -> String {
    match Lock::holder(data) {
        Some(number) => format!("服务正在运行（进程号 {number}）"),
        None => "没有进程在使用数据目录".to_owned(),
    }
}

fn database(inspected: Result<Inspection, String>, is_server: bool) -> Vec<Check> {
    let seen = match inspected {
        Ok(seen) => seen,
        Err(cause) => {
            let remedy = if is_server {
                "请核对 --database（YISHU_DATABASE）、数据库服务是否在运行、网络和口令"
            } else {
                "请核对数据目录里 city.db 的权限；文件损坏时从备份恢复"
            };
            return vec![Check {
                what: "数据库",
                found: Err(trouble(format!("打不开：{cause}"), remedy)),
            }];
        }
    };
    let engine = match seen.engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let structure = match (seen.applied, seen.known) {
        (0, _) => Err(trouble("还没有建立", "首次启动 yishu serve 时建立")),
        (applied, known) if applied < known => Err(trouble(
            format!("版本 {applied}，程序需要 {known}"),
            "先备份，再启动 yishu serve，启动时自动升级",
        )),
        (applied, known) if applied > known => Err(trouble(
            format!("版本 {applied}，比程序的 {known} 新"),
            "请使用建立它的版本或更新的 yishu",
        )),
        (applied, _) => Ok(format!("版本 {applied}，最新")),
    };
    vec![
        Check {
            what: "数据库",
            found: Ok(format!("{engine} {}，可连接", seen.version)),
        },
        Check {
            what: "库结构",
            found: structure,
        },
    ]
}

/// The calendar's last year: that of the records, or of the built-in notices where there are none yet.
fn holidays(last: Option<Date>, today: Date) -> Result<String, Trouble> {
    let known = last
        .map(|it| it.year())
        .or_else(|| Calendar::built_in().years().max());
    let Some(known) = known else {
        return Err(trouble("没有任何放假通知", "请系统管理员导入放假通知"));
    };
    let remedy = "请系统管理员在“日历”页面导入国务院办公厅的放假通知";
    if known < today.year() {
        return Err(trouble(format!("只到 {known} 年，现在的期限都是暂定"), remedy));
    }
    if known == today.year() && today.month() == 12 {
        return Err(trouble(format!("只到 {known} 年，跨年的期限都是暂定"), remedy));
    }
    Ok(format!("已知到 {known} 年底，此后的期限为暂定"))
}

/// Whether what the records refer to is on the disk.
fn files(seen: &Inspection) -> Result<String, Trouble> {
    match seen.missing.as_slice() {
        [] => Ok("数据库记载的数据文件都在".to_owned()),
        [first, ..] => Err(trouble(
            format!("缺少 {} 个数据文件，如 {first}", seen.missing.len()),
            "请从备份恢复；rows/ 中的文件没有备份的，请提供部门重新全量报送该目录",
        )),
    }
}

fn log(dir: &Path, seen: Option<&Inspection>) -> Result<String, Trouble> {
    let Ok(records) = fs::metadata(dir.join("records")) else {
        return Err(trouble("还没有建立", "首次启动 yishu serve 时建立"));
    };
    if records.len() > LOG_CHECKED_MAX {
        let gib = records.len() as f64 / (1u64 << 30) as f64;
        return Ok(format!(
            "{gib:.1} GiB，较大，未逐条核对；请定期运行 yishu evidence verify"
        ));
    }
    let report = evidence::verify(dir, None);
    let apart = seen.and_then(|seen| apart(seen, dir, report.entries));
    match report.findings.first() {
        None if apart.is_some() => Err(trouble(
            apart.unwrap_or_default(),
            "请核对 --data 与 --database；从备份恢复时，数据库与数据目录须取自同一次备份",
        )),
        Some(finding) => Err(trouble(
            finding.to_string(),
            "请保留现场，从备份恢复证据目录，并用 yishu evidence verify 核对",
        )),
        None => {
            let tail = match report.unfinished_bytes {
                0 => String::new(),
                bytes => format!("，末尾有未写完的 {bytes} 字节（下次启动时清除）"),
            };
            Ok(format!(
                "完整：{} 条，已签名 {} 条{tail}",
                report.entries, report.signed
            ))
        }
    }
}

/// Why a log of so many entries is not the one that the records tell of.
fn apart(seen: &Inspection, dir: &Path, entries: u64) -> Option<String> {
    let key = fs::read_to_string(dir.join("vkey")).unwrap_or_default();
    if seen.log_key.as_deref().is_some_and(|it| it != key.trim()) {
        return Some("数据库记载的是另一份证据日志：数据目录与数据库不属于同一座城市".to_owned());
    }
    match seen.last_logged {
        Some(last) if entries <= last => Some(format!(
            "数据库记载到第 {last} 条，日志只有 {entries} 条：两者不属于同一座城市，或者不是同一时间的"
        )),
        None if entries > 0 => Some(format!(
            "日志已有 {entries} 条，数据库里却没有任何记载：两者不属于同一座城市"
        )),
        _ => None,
    }
}

/// Whether the mail server answers and takes the login; no letter is sent.
async fn post(args: &MailArgs) -> Result<String, Trouble> {
    let remedy =
        "请核对 --smtp、--smtp-tls、--smtp-login、口令和 --smtp-from（YISHU_SMTP…），与运行服务时一致";
    let config = args.config().map_err(|it| trouble(it.to_string(), remedy))?;
    let Some(config) = config else {
        return Ok("没有设置，通知只在平台内（要发邮件请给出 --smtp 或 YISHU_SMTP）".to_owned());
    };
    let server = format!("{}:{}（{}）", config.host, config.port, config.tls.label());
    let mailer = Mailer::new(&config).map_err(|it| trouble(it.to_string(), remedy))?;
    match mailer.test().await {
        Ok(()) => Ok(format!("{server} 可用，登录被接受")),
        Err(error) => Err(trouble(format!("{server} 不可用：{error}"), remedy)),
    }
}

fn key(place: &Place) -> Result<String, Trouble> {
    let dir = place.data.join("keys");
    let path = dir.join("evidence.key");
    if fs::metadata(&path).is_err() {
        return Err(if place.evidence().join("records").exists() {
            trouble(
                format!("{} 不见了", path.display()),
                "请从备份恢复；不要另建新密钥",
            )
        } else {
            trouble("还没有建立", "首次启动 yishu serve 时建立，请随即备份")
        });
    }
    // Every secret of the platform lies here, those of the applicants' data too.
    for file in fs::read_dir(&dir).into_iter().flatten().flatten() {
        let (path, mode) = (
            file.path(),
            file.metadata().map_or(0, |it| it.permissions().mode()),
        );
        if mode & 0o077 != 0 {
            return Err(trouble(
                format!("其他用户可以读取 {}", path.display()),
                format!("chmod 600 {}", path.display()),
            ));
        }
        if let Err(cause) = fs::File::open(&path) {
            return Err(trouble(
                format!("{} 读不出来：{cause}", path.display()),
                format!("请把文件交给运行服务的用户：chown 用户 {}", path.display()),
            ));
        }
    }
    Ok("只有服务用户可以读取（请确认已另行备份）".to_owned())
}
