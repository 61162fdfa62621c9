//! Text into tokens: what is looked up is cut the same way as what is looked for.
//!
//! Every character and every two neighbouring characters are tokens, so that any part of a title finds it. The
//! words that jieba sees are tokens too, marked with `=`, so that 民政 ranks 民政局 before 人民政府.

use std::{collections::BTreeSet, sync::LazyLock};

use jieba_rs::Jieba;

/// The dictionary takes a moment and some memory to load, so it is loaded with the first text that needs it.
static JIEBA: LazyLock<Jieba> = LazyLock::new(|| {
    let mut jieba = Jieba::new();
    for word in LOCAL.split_whitespace() {
        jieba.add_word(word, Some(LOCAL_FREQUENCY), None);
    }
    jieba
});

/// Names of the city and words of its offices that the dictionary does not have or cuts in the wrong place.
const LOCAL: &str = "永州市 零陵区 冷水滩区 祁阳市 东安县 双牌县 道县 江永县 宁远县 蓝山县 新田县 江华瑶族自治县 \
    江华县 低保 特困 公租房 不动产 公积金 网约车 居住证 参保 环评 危化品 规上 双公示 一卡通 女书";
/// How common such a word is taken to be: enough to win over its parts.
const LOCAL_FREQUENCY: usize = 20_000;

/// Words that say nothing of what is looked for, or stand in nearly every entry. They help to rank and exclude
/// nothing, unless the text has no others.
const COMMON: &str = "的 了 在 是 和 与 及 或 等 对 有 我 要 想 请 吗 呢 哪 能 查 找 看 谁 到 里 中 为 从 把 被 给 \
    哪里 哪儿 哪些 哪个 什么 怎么 怎样 如何 可以 能否 是否 查到 查找 查询 查看 寻找 找到 看到 请问 \
    需要 关于 一下 多少 为什么 数据 信息 资料 目录 资源 情况";

/// Runs of letters, digits and characters between punctuation: half-width, lower case.
pub(super) fn runs(text: &str) -> Vec<String> {
    let mut runs = vec![String::new()];
    for c in text.chars().map(half_width) {
        if !c.is_alphanumeric() {
            runs.push(String::new());
        } else if let Some(run) = runs.last_mut() {
            run.extend(c.to_lowercase().filter(|it| it.is_alphanumeric()));
        }
    }
    runs.retain(|it| !it.is_empty());
    runs
}

/// Full-width letters, digits and punctuation as everybody's keyboard has them.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// Which tokens a field has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Words, pairs and single characters.
    Short,
    /// Words and pairs; nobody looks for one character of an abstract.
    Long,
}

/// The distinct tokens of a text to be found.
pub(super) fn tokens<'a>(texts: impl Iterator<Item = &'a str>, cut: Cut) -> BTreeSet<String> {
    let mut tokens = BTreeSet::new();
    for run in texts.flat_map(runs) {
        tokens.extend(pairs(&run));
        if cut == Cut::Short {
            tokens.extend(run.chars().map(String::from));
        }
        for piece in JIEBA.cut(&run, false) {
            tokens.extend(words_within(piece.word).map(marked));
        }
    }
    tokens
}

/// A word, and the words it begins or ends with: 民政局 is about 民政, but 人民政府 is not.
fn words_within(word: &str) -> impl Iterator<Item = &str> {
    let is_long = |it: &str| 1 < it.chars().count();
    let cuts = word.char_indices().skip(1).map(|(at, _)| at);
    let parts = cuts.flat_map(move |at| [&word[..at], &word[at..]]);
    let parts = parts.filter(move |it| is_long(it) && JIEBA.has_word(it));
    parts.chain(Some(word).filter(move |it| is_long(it)))
}

/// Every two neighbouring characters of a run; of a run of one character, that one.
pub(super) fn pairs(run: &str) -> Vec<String> {
    let characters: Vec<char> = run.chars().collect();
    if characters.len() == 1 {
        return vec![run.to_owned()];
    }
    characters.windows(2).map(|it| it.iter().collect()).collect()
}

/// A word as a token of its own kind.
pub(super) fn marked(word: &str) -> String {
    format!("={word}")
}

/// A word of the text that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    /// Whether it says little; see [`COMMON`].
    pub is_common: bool,
}

/// The words of a text to look for. A part of one or two characters is one word, whatever it means: it may be any
/// part of a title.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for run in runs(text) {
        if run.chars().count() <= 2 {
            words.push(word(run));
            continue;
        }
        // Characters that jieba leaves alone between its words are a name that it does not know.
        let mut unknown = String::new();
        for piece in JIEBA.cut(&run, false) {
            let is_one = piece.word.chars().count() == 1;
            if is_one && !is_common(piece.word) {
                unknown.push_str(piece.word);
                continue;
            }
            if !unknown.is_empty() {
                words.push(word(std::mem::take(&mut unknown)));
            }
            words.push(word(piece.word.to_owned()));
        }
        if !unknown.is_empty() {
            words.push(word(unknown));
        }
    }
    let mut seen = BTreeSet::new();
    words.retain(|it| seen.insert(it.text.clone()));
    words
}

fn is_common(word: &str) -> bool {
    COMMON.split_whitespace().any(|it| it == word)
}

fn word(text: String) -> Word {
    Word {
        is_common: is_common(&text),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_half_width_and_lower_case_and_punctuation_only_separates() {
        assert_eq!(
            runs("ＰＭ２．５　监测（２０２３年）Ａ"),
            ["pm2", "5", "监测", "2023年", "a"]
        );
        assert_eq!(runs("…、，\u{0}\u{200b}"), Vec::<String>::new());
    }

    #[test]
    fn a_question_is_cut_into_words_that_matter_and_words_that_do_not() {
        let cut = words("零陵区的婚姻登记数据在哪里可以查到？");
        let matter: Vec<&str> = cut
            .iter()
            .filter(|it| !it.is_common)
            .map(|it| it.text.as_str())
            .collect();
        assert_eq!(matter, ["零陵区", "婚姻登记"]);
        // Characters that no word claims stay together: most are a name.
        let cut: Vec<String> = words("龘靐齉登记").into_iter().map(|it| it.text).collect();
        assert_eq!(cut, ["龘靐齉", "登记"]);
        assert_eq!(
            words("的了"),
            [Word {
                text: "的了".to_owned(),
                is_common: false
            }]
        );
    }
}
