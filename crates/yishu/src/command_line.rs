//! The command line, and its help and errors in Chinese.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap::{
    Arg, ArgAction, Command, CommandFactory, FromArgMatches, Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{
    deliver::DeliverArgs, demo::DemoArgs, doctor::DoctorArgs, due::DueArgs, failure::MISUSED,
    founding::CreateArgs, proof::ProofTask, serve::ServeArgs,
};

/// The whole command line.
#[derive(Parser, Debug)]
#[command(
    name = "yishu",
    version,
    about = "一数：一座城市的政务数据平台——一数一源，一源多用",
    after_help = "示例：\n  yishu demo                                  建立并启动一座演示城市，打印账号\n  \
        yishu serve --data /var/lib/yishu           启动平台\n  \
        yishu admin create --data /var/lib/yishu    建立首个管理员\n  \
        yishu due 2026-09-30 5                      5 个工作日的最后一日\n  \
        yishu evidence verify                       离线核对证据日志\n\n\
        各命令的说明：yishu 命令 --help。选项也可用环境变量（YISHU_…）给出。日志级别：YISHU_LOG=debug。"
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// What the binary can be asked to do.
#[derive(Subcommand, Debug)]
pub enum Task {
    /// 启动平台：页面与接口在同一地址；数据目录为空时建立空的城市
    #[command(after_help = "示例：\n  yishu serve\n  \
        yishu serve --data /var/lib/yishu --listen 0.0.0.0:8080 --origin yongzhou.gov.cn/yishu\n  \
        yishu serve --data /var/lib/yishu --database postgres://yishu@db/yishu\n  \
        YISHU_SMTP_PASSWORD=… yishu serve --smtp smtp.yongzhou.gov.cn --smtp-login yishu \\\n    \
        --smtp-from \"一数 <yishu@yongzhou.gov.cn>\" --site https://yishu.yongzhou.gov.cn\n\n\
        停止：Ctrl-C 或 SIGTERM，等待办理中的请求完成。存活与就绪检查：/livez、/readyz；指标：/metrics。")]
    Serve(ServeArgs),
    /// 建立并启动一座演示城市：机构、账号、目录、数据、授权和各阶段的办件
    #[command(
        after_help = "示例：\n  yishu demo\n  yishu demo --data ./演示 --listen 127.0.0.1:9000\n\n\
        账号、口令和调用示例打印在终端，并写入数据目录的 demo.json。"
    )]
    Demo(DemoArgs),
    /// 管理账号
    #[command(subcommand_value_name = "命令")]
    Admin {
        /// What to do.
        #[command(subcommand)]
        task: AdminTask,
    },
    /// 报送一批数据：上传、等待校验入库，打印行数、质量评分，保存拒收明细
    #[command(after_help = "示例：\n  export YISHU_KEY=yk_…\n  \
        yishu deliver --entry 01k… --file 户籍.csv\n  \
        yishu deliver --entry 01k… --file 增量.csv --kind incremental --server https://yishu.yongzhou.gov.cn\n\n\
        退出码：0 全部入库；3 已入库，有拒收的行；1 整批拒收或不被接受；2 命令有误；4 连不上平台；\n  \
        5 该批次此前已经接收，没有再次入库。")]
    Deliver(DeliverArgs),
    /// 计算期限的最后一日（工作日，起算之日不计）；放假通知未公布的标“暂定”
    #[command(after_help = "示例：\n  yishu due 2026-09-30 5        2026-10-13\n  \
        yishu due --stdin < 问题.txt  每行“日期 天数”，每行回答一行；有误的行说明原因，最后以 1 退出")]
    Due(DueArgs),
    /// 核对证据：整份日志、单份回执
    #[command(subcommand_value_name = "命令")]
    Evidence {
        /// What to check.
        #[command(subcommand)]
        task: ProofTask,
    },
    /// 检查安装：数据目录、权限、磁盘、数据库、日历、证据日志、邮件；说明哪里不对、怎么办
    #[command(after_help = "示例：\n  yishu doctor --data /var/lib/yishu\n\n退出码：0 一切正常；1 有问题。")]
    Doctor(DoctorArgs),
}

/// Tasks of `yishu admin`.
#[derive(Subcommand, Debug)]
pub enum AdminTask {
    /// 建立政务数据主管部门和首个系统管理员；仅当还没有任何账号时可用，服务运行与否均可
    #[command(after_help = "示例：\n  yishu admin create --data /var/lib/yishu\n  \
        yishu admin create --login zhang.wei --name 张伟 --org 永州市行政审批服务局 --generate\n\n\
        口令在终端询问，或从标准输入读取一行；直接回车或 --generate 则随机生成，只显示一次。")]
    Create(CreateArgs),
}

/// Reads the command line; help is printed and mistakes are explained here.
pub fn read() -> Result<Task, ExitCode> {
    let read = command()
        .try_get_matches()
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    match read {
        Ok(arguments) => Ok(arguments.task),
        Err(error) => Err(explain(&error)),
    }
}

fn command() -> Command {
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help("显示版本");
    chinese(Arguments::command().disable_version_flag(true).arg(version))
}

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The command with everything that clap says by itself in Chinese.
fn chinese(command: Command) -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("显示说明");
    command
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .arg(help)
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .mut_args(told)
        .mut_subcommands(chinese)
}

/// The option with its default and its environment variable in its help.
fn told(arg: Arg) -> Arg {
    let mut notes = Vec::new();
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    if takes_value && let Some(default) = arg.get_default_values().first() {
        notes.push(format!("默认 {}", default.to_string_lossy()));
    }
    if let Some(name) = arg.get_env() {
        notes.push(format!("环境变量 {}", name.to_string_lossy()));
    }
    let heading = if arg.is_positional() { "参数" } else { "选项" };
    let mut help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if !notes.is_empty() {
        help = format!("{help}（{}）", notes.join("；"));
    }
    let arg = arg.help(help).help_heading(heading);
    // What the notes say already; a flag has neither.
    if takes_value {
        arg.hide_default_value(true).hide_env(true)
    } else {
        arg
    }
}

/// Prints help, or what is wrong with the command line.
fn explain(error: &clap::Error) -> ExitCode {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    match error.kind() {
        DisplayHelp | DisplayVersion => {
            let mut out = io::stdout();
            let text = error.render();
            let text = if out.is_terminal() {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            let text = text.replace("[OPTIONS]", "[选项]");
            let _ = writeln!(out, "{}", text.trim_end());
            ExitCode::SUCCESS
        }
        DisplayHelpOnMissingArgumentOrSubcommand => {
            eprint!("{}", error.render().to_string().replace("[OPTIONS]", "[选项]"));
            ExitCode::from(MISUSED)
        }
        _ => {
            eprintln!("错误：{}", mistake(error));
            eprintln!("说明见 yishu --help，各命令见 yishu 命令 --help。");
            ExitCode::from(MISUSED)
        }
    }
}

/// What is wrong with the command line.
fn mistake(error: &clap::Error) -> String {
    let told = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    };
    let (arg, value) = (told(ContextKind::InvalidArg), told(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let near = told(ContextKind::SuggestedArg);
            let near = if near.is_empty() {
                near
            } else {
                format!("，是不是 {near}？")
            };
            format!("没有 {arg} 这个选项或参数{near}")
        }
        ErrorKind::InvalidSubcommand => {
            let near = told(ContextKind::SuggestedSubcommand);
            let near = if near.is_empty() {
                near
            } else {
                format!("，是不是 {near}？")
            };
            format!("没有“{}”这个命令{near}", told(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("还缺少 {arg}"),
        ErrorKind::MissingSubcommand => "还缺少命令".to_owned(),
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} 需要一个值"),
        ErrorKind::InvalidValue => {
            let valid = told(ContextKind::ValidValue);
            let valid = if valid.is_empty() {
                valid
            } else {
                format!("，应为 {valid} 之一")
            };
            format!("{arg} 的值“{value}”不对{valid}")
        }
        ErrorKind::ValueValidation => format!("{arg} 的值“{value}”不对"),
        ErrorKind::ArgumentConflict => {
            format!("{arg} 不能与 {} 同时使用", told(ContextKind::PriorArg))
        }
        ErrorKind::TooManyValues => format!("多余的参数“{value}”"),
        ErrorKind::InvalidUtf8 => "命令行里有不是 UTF-8 的文字".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> String {
        mistake(&command().try_get_matches_from(line.split(' ')).unwrap_err())
    }

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    /// What the page of an entry offers for copying is what this command line takes.
    #[test]
    fn the_command_on_the_page_of_a_delivery_is_taken() {
        let told = web::pages::deliveries::command("https://yishu.yongzhou.gov.cn", &"01JD0ENTRY".into());
        let mut lines = told.lines();
        let (name, key) = lines
            .next()
            .and_then(|it| it.strip_prefix("export ")?.split_once('='))
            .unwrap();
        assert_eq!((name, key), ("YISHU_KEY", "yk_…"));
        let line: Vec<&str> = lines.flat_map(|it| it.split(' ')).collect();
        // The environment of a test is shared, so the key goes the other way that the option takes it.
        let taken = command().try_get_matches_from(line.iter().copied().chain(["--key", key]));
        let taken = taken.map(|it| Arguments::from_arg_matches(&it).unwrap());
        let task = taken.map_err(|it| mistake(&it)).unwrap().task;
        assert!(matches!(task, Task::Deliver(_)), "{task:?}");
        let key = Arguments::command();
        let deliver = key.find_subcommand("deliver").unwrap();
        let env = deliver
            .get_arguments()
            .find(|it| it.get_id() == "key")
            .unwrap()
            .get_env();
        assert_eq!(env.and_then(|it| it.to_str()), Some(name));
    }

    #[test]
    fn mistakes_are_told_in_chinese() {
        assert!(refused("yishu sevre").contains("是不是 serve"));
        assert!(refused("yishu serve --listne x").contains("是不是 --listen"));
        assert!(refused("yishu serve --listen 80").contains("--listen"));
        assert!(refused("yishu deliver --file x").contains("还缺少"));
        assert!(refused("yishu due 2026-09-30 5 --stdin").contains("不能与"));
    }

    #[test]
    fn help_is_chinese_and_every_command_has_an_example() {
        let mut command = command();
        command.build();
        let mut waiting = vec![command];
        while let Some(mut command) = waiting.pop() {
            let text = command.render_long_help().to_string().replace("[OPTIONS]", "");
            for english in ["Usage", "Options", "Print", "Commands", "default:", "env:"] {
                assert!(!text.contains(english), "{}: {english}", command.get_name());
            }
            if command.get_subcommands().next().is_none() {
                assert!(text.contains("示例："), "{}", command.get_name());
            }
            waiting.extend(command.get_subcommands().cloned());
        }
    }
}
