//! The mail server that notices also go out by: options, and the work of sending.

use std::{error::Error, fs, path::PathBuf, time::Duration};

use app::{
    City, letters,
    notices::mail::{MailConfig, MailTls, Mailer},
};
use clap::Args;

use crate::{
    clock,
    failure::{Failure, MISUSED},
};

/// How notices go out by mail; without a server they stay on the platform.
#[derive(Args, Clone, Debug)]
pub struct MailArgs {
    /// 邮件服务器，如 smtp.yongzhou.gov.cn 或 127.0.0.1:2525；不给出则不发邮件，通知只在平台内
    #[arg(long, value_name = "主机:端口", env = "YISHU_SMTP")]
    smtp: Option<String>,
    /// 与邮件服务器的连接：tls（默认端口 465）、starttls（587）或 none（25，只用于本机）
    #[arg(long, value_name = "方式", env = "YISHU_SMTP_TLS", default_value = "starttls", value_parser = ["tls", "starttls", "none"])]
    smtp_tls: String,
    /// 邮件服务器的登录名；服务器不要求登录时不给出
    #[arg(long, value_name = "登录名", env = "YISHU_SMTP_LOGIN")]
    smtp_login: Option<String>,
    /// 登录口令。命令行上的口令本机其他用户看得到，请用环境变量或 --smtp-password-file
    #[arg(
        long,
        value_name = "口令",
        env = "YISHU_SMTP_PASSWORD",
        hide_env_values = true
    )]
    smtp_password: Option<String>,
    /// 存放登录口令的文件，取第一行
    #[arg(
        long,
        value_name = "文件",
        env = "YISHU_SMTP_PASSWORD_FILE",
        conflicts_with = "smtp_password"
    )]
    smtp_password_file: Option<PathBuf>,
    /// 发件人，如 "一数 <yishu@yongzhou.gov.cn>"；给出 --smtp 时必填
    #[arg(long, value_name = "邮箱", env = "YISHU_SMTP_FROM")]
    smtp_from: Option<String>,
    /// 人们打开平台的网址，写在邮件里，如 https://yishu.yongzhou.gov.cn
    #[arg(long, value_name = "网址", env = "YISHU_SITE")]
    site: Option<String>,
}

impl MailArgs {
    /// What was asked for; none where no server was named.
    pub fn config(&self) -> Result<Option<MailConfig>, Box<dyn Error>> {
        let Some(server) = self.smtp.as_deref().filter(|it| !it.is_empty()) else {
            return Ok(None);
        };
        let tls = MailTls::parse(&self.smtp_tls).unwrap_or(MailTls::StartTls);
        let (host, port) = match server.rsplit_once(':') {
            None => (server, tls.port()),
            Some((host, port)) => {
                let port = port.parse().ok().filter(|it| *it > 0);
                (
                    host,
                    port.ok_or_else(|| wrong("--smtp 的端口不对，应如 smtp.yongzhou.gov.cn:587"))?,
                )
            }
        };
        let from = self.smtp_from.clone().ok_or_else(|| {
            wrong("给出 --smtp 时还需要 --smtp-from，如 --smtp-from \"一数 <yishu@yongzhou.gov.cn>\"")
        })?;
        let site = self.site.clone();
        if site.as_ref().is_some_and(|it| !it.starts_with("http")) {
            return Err(wrong("--site 应以 https:// 开头"));
        }
        Ok(Some(MailConfig {
            host: host.to_owned(),
            port,
            tls,
            credentials: self.credentials()?,
            from,
            site,
        }))
    }

    fn credentials(&self) -> Result<Option<(String, String)>, Box<dyn Error>> {
        let password = match (&self.smtp_password, &self.smtp_password_file) {
            (Some(password), _) => Some(password.clone()),
            (None, Some(path)) => {
                let text = fs::read_to_string(path)
                    .map_err(|cause| wrong(&format!("读不了口令文件 {}：{cause}", path.display())))?;
                Some(text.lines().next().unwrap_or_default().to_owned())
            }
            (None, None) => None,
        };
        match (self.smtp_login.clone(), password) {
            (Some(login), Some(password)) => Ok(Some((login, password))),
            (None, None) => Ok(None),
            _ => Err(wrong("--smtp-login 与登录口令应一并给出，或者都不给出")),
        }
    }

    /// The way out; none where no server was named.
    pub fn mailer(&self) -> Result<Option<Mailer>, Box<dyn Error>> {
        let Some(config) = self.config()? else {
            return Ok(None);
        };
        let mailer = Mailer::new(&config).map_err(|it| wrong(&it.to_string()))?;
        Ok(Some(mailer))
    }
}

fn wrong(words: &str) -> Box<Failure> {
    Failure::with(MISUSED, words)
}

/// Letters go out this often, some at once: two a second at most.
const EVERY: Duration = Duration::from_secs(5);

/// Sends what is due, for as long as the platform runs.
pub async fn keep_sending(city: City, mailer: Mailer) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        match letters::send_due(&city, &mailer, clock::now()).await {
            Ok(posted) if posted.sent + posted.postponed + posted.given_up > 0 => {
                tracing::info!(?posted, "letters");
            }
            Ok(_) => {}
            Err(refused) => tracing::warn!(%refused, "letters were not sent"),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        mail: MailArgs,
    }

    fn asked(line: &str) -> Result<Option<MailConfig>, Box<dyn Error>> {
        let words = std::iter::once("yishu").chain(line.split_whitespace());
        Line::try_parse_from(words).unwrap().mail.config()
    }

    #[test]
    fn mail_is_off_until_a_server_is_named_and_the_port_follows_the_protection() {
        assert!(asked("").unwrap().is_none());
        let config = asked("--smtp mail.cn --smtp-from a@b.cn").unwrap().unwrap();
        assert_eq!((config.port, config.tls), (587, MailTls::StartTls));
        let config = asked("--smtp mail.cn --smtp-tls tls --smtp-from a@b.cn")
            .unwrap()
            .unwrap();
        assert_eq!(config.port, 465);
        let config = asked("--smtp 127.0.0.1:2525 --smtp-tls none --smtp-from a@b.cn")
            .unwrap()
            .unwrap();
        assert_eq!((config.host.as_str(), config.port), ("127.0.0.1", 2525));
    }

    #[test]
    fn half_a_configuration_is_refused_and_no_password_is_printed() {
        for half in [
            "--smtp mail.cn",
            "--smtp mail.cn:x --smtp-from a@b.cn",
            "--smtp mail.cn --smtp-from a@b.cn --smtp-login me",
            "--smtp mail.cn --smtp-from a@b.cn --site yishu.cn",
        ] {
            assert!(asked(half).is_err(), "{half}");
        }
        let config = asked("--smtp mail.cn --smtp-from a@b.cn --smtp-login me --smtp-password geheim");
        assert!(!format!("{:?}", config.unwrap()).contains("geheim"));
    }
}
