//! Files that a browser sends: the form token first, then the file, streamed to a temporary one.

use std::path::{Path, PathBuf};

use axum::extract::{
    Multipart,
    multipart::{Field, MultipartError},
};
use tokio::io::AsyncWriteExt;

use crate::{
    form::{self, Fields},
    problem::Problem,
    session::Me,
};

/// The largest sample a catalogue entry is proposed from.
pub const SAMPLE_BYTES_MAX: u64 = 256 << 20;

/// The largest holiday notice.
pub const NOTICE_BYTES_MAX: u64 = 1 << 20;

/// The longest value of a plain field beside the file.
const FIELD_BYTES_MAX: usize = 64 << 10;

/// What was sent.
pub struct Upload {
    /// The plain fields.
    pub fields: Fields,
    /// The file; none where no file was chosen.
    pub file: Option<Received>,
    /// Whether the file was larger than the page takes; nothing of it is kept.
    pub is_too_large: bool,
}

/// A file that was received; removed when dropped.
pub struct Received {
    /// Its name on the sender's machine.
    pub name: String,
    temp: tempfile::TempPath,
}

impl Received {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.temp
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        std::fs::metadata(&self.temp).is_ok_and(|it| it.len() == 0)
    }
}

/// Reads a multipart form whose first field is the form token; nothing is kept before it is verified. The file is
/// spooled to `dir`, which lies on the disk that will hold it, or to the system's place for temporary files.
pub async fn receive(
    me: &Me,
    mut form: Multipart,
    bytes_max: u64,
    dir: Option<PathBuf>,
) -> Result<Upload, Problem> {
    let dir = dir.unwrap_or_else(std::env::temp_dir);
    let mut upload = Upload {
        fields: Fields::new(),
        file: None,
        is_too_large: false,
    };
    let mut is_verified = false;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        if !is_verified {
            let token = if name == form::CSRF {
                text(field).await?
            } else {
                String::new()
            };
            form::verify(me, &token)?;
            is_verified = true;
            continue;
        }
        match field.file_name().map(bare_name) {
            None => {
                let value = text(field).await?;
                upload.fields.push(name, value);
            }
            Some(file_name) if file_name.is_empty() => {}
            Some(file_name) => match keep(field, bytes_max, &dir).await? {
                Some(temp) => {
                    upload.file = Some(Received {
                        name: file_name,
                        temp,
                    })
                }
                None => upload.is_too_large = true,
            },
        }
    }
    if is_verified {
        Ok(upload)
    } else {
        Err(Problem::FormToken)
    }
}

/// A small field beside the file.
async fn text(mut field: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        if bytes.len() + chunk.len() > FIELD_BYTES_MAX {
            return Err(Problem::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Streams the file to a temporary one. One that is too large, or for which there is no room, is read to its end and
/// thrown away: a browser shows no answer before it has sent everything.
async fn keep(
    mut field: Field<'_>,
    bytes_max: u64,
    dir: &Path,
) -> Result<Option<tempfile::TempPath>, Problem> {
    tokio::fs::create_dir_all(dir).await?;
    let (file, temp) = tempfile::Builder::new()
        .prefix("upload-")
        .tempfile_in(dir)?
        .into_parts();
    let mut file = tokio::io::BufWriter::with_capacity(1 << 20, tokio::fs::File::from_std(file));
    let (mut bytes, mut written) = (0, Ok(()));
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        bytes += chunk.len() as u64;
        if bytes <= bytes_max && written.is_ok() {
            written = file.write_all(&chunk).await;
        }
    }
    written?;
    file.flush().await?;
    Ok((bytes <= bytes_max).then_some(temp))
}

/// The last part of the name: some browsers send the whole path.
fn bare_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|it| !it.is_control()).take(200).collect()
}

fn unreadable(error: MultipartError) -> Problem {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::TooLarge;
    }
    Problem::BadRequest("上传没有完成或者内容无法识别，没有保存。请检查网络后重新选择文件上传。".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_name_and_never_its_path() {
        assert_eq!(bare_name("C:\\Users\\zhang\\乡镇.csv"), "乡镇.csv");
        assert_eq!(bare_name("../../etc/passwd"), "passwd");
        assert_eq!(bare_name(""), "");
    }
}
