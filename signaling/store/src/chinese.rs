//! The Chinese of what the store calls things and asks for. The English, as it stands where a refusal is raised, is the key: it is what a log shows, so the
//! two cannot part. A test reads the sources and names each text that is missing here.

/// English and Chinese: things first, then remedies.
const CATALOGUE: &[(&str, &str)] = &[
    ("alliance", "联盟"),
    ("bell plan", "作息"),
    ("classroom", "教室"),
    ("day", "日期"),
    ("days of a term", "学期的日期"),
    ("device", "大屏"),
    ("entry", "课表条目"),
    ("events of a webhook", "通知的事件"),
    ("grant", "权限"),
    ("last day", "最后一天"),
    ("lesson", "课"),
    ("lesson id", "课的编号"),
    ("lesson title", "课程名称"),
    ("login", "账号"),
    ("name of a classroom", "教室名称"),
    ("member of an alliance", "联盟成员"),
    ("name of a device", "大屏名称"),
    ("name of a person", "姓名"),
    ("name of a region", "区划名称"),
    ("name of a school", "学校名称"),
    ("name of an alliance", "联盟名称"),
    ("number of pupils", "人数"),
    ("pairing", "结对"),
    ("parent of a region", "上级区划"),
    ("person", "人员"),
    ("receiving classroom", "听讲教室"),
    ("region", "区划"),
    ("school", "学校"),
    ("scope of a grant", "权限的范围"),
    ("term", "学期"),
    ("url of a webhook", "通知地址"),
    ("webhook", "通知"),
    ("weekday", "星期"),
    ("a term that was taught stays; of one that was not, change its days instead", "有课表的学期不能删除，可以改它的日期"),
    ("alliances", "个联盟"),
    ("classrooms' results", "条开课记录"),
    ("entries", "个课表条目"),
    ("lessons", "节课"),
    ("pairings", "项结对"),
    ("people", "位人员"),
    ("regions in it", "个下级区划"),
    ("roles", "项权限"),
    ("schools", "所学校"),
    ("terms", "个学期"),
    ("webhooks", "个通知地址"),
    ("lessons to come on days without other bells", "节未上的课（当天没有别的作息）"),
    ("give the pairing a last day instead", "可以填写结对的最后一天"),
    ("make other bells for these days first, or change these", "请先为这些日子设置别的作息，或直接修改这份作息"),
    ("move them elsewhere, remove or end them first", "请先移到别处、删除或结束它们"),
    ("give the region another level, or another parent", "请更正级别，或选另一个上级区划"),
    ("level of a region", "区划级别"),
    ("give days that no other term of the region has", "同一区划的另一个学期占用了其中的日子，请先改那个学期，或换别的日期"),
    ("end one membership before the next of the same school begins", "同一学校的前一段成员关系须在后一段开始前结束"),
    ("give 1 to 5, each once", "请选 1 至 5 种，每种一次"),
    ("give a larger region", "请选更高一级的区划"),
    ("give an id, except for everything", "除“全部”以外，须指明是哪一个"),
    ("give another one than the host's", "请选主讲教室以外的教室"),
    ("give one of the calendar, as YYYY-MM-DD", "请填日历上有的日期，如 2026-09-01"),
    ("give one that is not before the first", "不能早于第一天"),
    ("use 0 to 500", "请填 0 至 500"),
    ("use 1 (Monday) to 7", "请填 1（周一）至 7（周日）"),
    ("use 1 to 200 characters, none of them hidden", "请填 1 至 200 个字，不含控制字符等看不见的字符"),
    ("use 1 to 500 characters", "请填 1 至 500 个字符"),
    ("use 1 to 64 characters without spaces", "请填 1 至 64 个字符，不含空格"),
    ("use 1 to 64 of A-Z a-z 0-9 _ -", "请用 1 至 64 个字母、数字、_ 或 -"),
    ("use 1 to 64 of A-Z a-z 0-9 _ - as its id", "编号请用 1 至 64 个字母、数字、_ 或 -"),
];

/// The Chinese of a text; the text itself where the catalogue has none.
pub(crate) fn chinese(english: &'static str) -> &'static str {
    CATALOGUE.iter().find(|(key, _)| *key == english).map_or(english, |(_, chinese)| chinese)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// What stands before the texts of a refusal, and how many of them follow on the same line at most.
    const BEFORE: [(&str, usize); 8] = [
        ("StoreError::invalid(", 2),
        ("check_name(", 1),
        ("broken(", 1),
        ("{ thing: ", 1),
        ("const NAME: &'static str = ", 1),
        ("const UNIQUE: Option<&'static str> = ", 1),
        ("const REMEDY: &'static str = ", 1),
        ("what: ", 1),
    ];

    fn texts(source: &str) -> BTreeSet<String> {
        let of_line = |line: &str| {
            let found = BEFORE.iter().filter_map(|(before, most)| Some((line.split_once(before)?.1, *most)));
            found.flat_map(|(rest, most)| rest.split('"').skip(1).step_by(2).take(most).map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        source.lines().flat_map(of_line).collect()
    }

    fn raised() -> BTreeSet<String> {
        let sources = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
        let files = sources.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
        let files = files.filter(|path| !path.ends_with("chinese.rs"));
        files.flat_map(|path| texts(&std::fs::read_to_string(path).unwrap())).collect()
    }

    #[test]
    fn whatever_the_store_raises_has_its_chinese() {
        let raised = raised();
        let missing: Vec<&String> = raised.iter().filter(|text| CATALOGUE.iter().all(|(key, _)| key != text)).collect();
        assert!(missing.is_empty(), "add to the catalogue: {missing:#?}");
        let stale: Vec<&str> = CATALOGUE.iter().map(|(key, _)| *key).filter(|key| !raised.contains(*key)).collect();
        assert!(stale.is_empty(), "raised nowhere any more: {stale:#?}");
    }
}
