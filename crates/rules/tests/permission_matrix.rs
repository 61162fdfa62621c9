//! The printed matrix of permissions, so that no change to one goes unseen.
//! `YISHU_WRITE=1 cargo test -p rules` writes the file anew.

#[test]
fn yongzhou_art06_the_matrix_of_permissions_is_the_one_that_was_reviewed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permission-matrix.txt");
    let matrix = rules::permission::matrix();
    if std::env::var_os("YISHU_WRITE").is_some() {
        std::fs::write(path, &matrix).unwrap();
    }
    let reviewed = std::fs::read_to_string(path).unwrap_or_default();
    for (now, before) in matrix.lines().zip(reviewed.lines()) {
        assert_eq!(
            now, before,
            "look at the change, then write the file with YISHU_WRITE=1"
        );
    }
    assert_eq!(matrix.lines().count(), reviewed.lines().count());
}
