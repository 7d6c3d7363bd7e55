/* Files: the whole or nothing, limits, words that name the place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "vm/os/os.h"

static char dir[64], path[128];

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/gate-os-XXXXXX");
    snprintf(path, sizeof path, "%s/file", mkdtemp(dir));
    return 0;
}

static int drop_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

/* A rename would put a plain file in the place of what is none. */
static void what_is_no_file_stays(void **state)
{
    (void)state;
    char link[160], fifo[160], got[8] = "";
    struct stat sb;
    snprintf(link, sizeof link, "%s/link", dir);
    snprintf(fifo, sizeof fifo, "%s/fifo", dir);
    assert_int_equal(os_write_file(path, STR("old"), 0600, NULL), GATE_OK);
    assert_int_equal(symlink("file", link), 0);
    assert_int_equal(os_write_file(link, STR("new"), 0600, NULL), GATE_OK);
    assert_int_equal(lstat(link, &sb), 0);
    assert_true(S_ISLNK(sb.st_mode));
    Buf b = {0};
    assert_int_equal(os_read_file(path, 10, &b, NULL), GATE_OK);
    assert_string_equal(buf_z(&b), "new");
    buf_free(&b);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    int fd = open(fifo, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(os_write_file(fifo, STR("pipe"), 0600, NULL), GATE_OK);
    assert_int_equal(read(fd, got, sizeof got), 4);
    assert_string_equal(got, "pipe");
    assert_int_equal(lstat(fifo, &sb), 0);
    assert_true(S_ISFIFO(sb.st_mode));
    close(fd);
    unlink(fifo);
    unlink(link);
}

static void there_and_back(void **state)
{
    (void)state;
    struct stat sb;
    Buf b = {0};
    assert_int_equal(os_write_file(path, STR("one\0two"), 0600, NULL), GATE_OK);
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    assert_int_equal(os_write_file(path, STR("12345"), 0640, NULL), GATE_OK);
    assert_int_equal(os_read_file(path, 5, &b, NULL), GATE_OK);
    assert_true(str_is(buf_view(&b), "12345"));
    buf_free(&b);
    assert_int_equal(os_write_file(path, STR(""), 0600, NULL), GATE_OK);
    assert_int_equal(os_read_file(path, 0, &b, NULL), GATE_OK);
    assert_int_equal(b.n, 0);
    buf_free(&b);
}

static void refused(void **state)
{
    (void)state;
    Buf b = {0}, why = {0};
    assert_int_equal(os_read_file(path, 9, &b, &why), GATE_E_NOTFOUND);
    assert_non_null(strstr(buf_z(&why), path));
    buf_clear(&why);
    assert_int_equal(os_write_file(path, STR("123456"), 0600, NULL), GATE_OK);
    assert_int_equal(os_read_file(path, 5, &b, &why), GATE_E_LIMIT);
    assert_non_null(strstr(buf_z(&why), "larger than 5 bytes"));
    buf_clear(&why);
    assert_int_equal(os_read_file(dir, 5, &b, &why), GATE_E_IO);
    buf_clear(&why);
    assert_int_equal(os_write_file("/tmp/gate-no-such/file", STR("x"), 0600, &why),
                     GATE_E_NOTFOUND);
    assert_non_null(strstr(buf_z(&why), "/tmp/gate-no-such/file"));
    /* A write that fails leaves the old file and no other. */
    char in_file[160];
    snprintf(in_file, sizeof in_file, "%s/x", path);
    assert_int_equal(os_write_file(in_file, STR("x"), 0600, NULL), GATE_E_IO);
    buf_free(&why);
    buf_free(&b);
}

static void folders(void **state)
{
    (void)state;
    char deep[160], file[192];
    Buf why = {0};
    snprintf(deep, sizeof deep, "%s/a/b/c", dir);
    snprintf(file, sizeof file, "%s/a/b/c/d", dir);
    assert_int_equal(os_make_dirs(deep, 0700, NULL), GATE_OK);
    assert_int_equal(os_make_dirs(deep, 0700, NULL), GATE_OK);
    assert_int_equal(os_write_file(file, STR("x"), 0600, NULL), GATE_OK);
    assert_int_equal(os_make_dirs(file, 0700, &why), GATE_E_IO);
    assert_true(why.n > 0);
    buf_free(&why);
    unlink(file);
    for (int i = 0; i < 3; i++) {
        rmdir(deep);
        *strrchr(deep, '/') = '\0';
    }
}

static void real_machine(void **state)
{
    (void)state;
    Os *os = os_real();
    unsigned char a[300] = {0}, b[300] = {0};
    int64_t m = os->mono_ms(os);
    assert_true(os->mono_ms(os) >= m);
    assert_true(os->now_ms(os) > INT64_C(1577836800000)); /* after 2020 */
    assert_int_equal(os->random(os, a, sizeof a), GATE_OK);
    assert_int_equal(os->random(os, b, sizeof b), GATE_OK);
    assert_memory_not_equal(a, b, sizeof a);
}

static void names_of_a_folder(void **state)
{
    (void)state;
    char hidden[160];
    snprintf(hidden, sizeof hidden, "%s/.hidden", dir);
    assert_int_equal(os_write_file(path, STR("x"), 0600, NULL), GATE_OK);
    assert_int_equal(os_write_file(hidden, STR("x"), 0600, NULL), GATE_OK);
    Buf b = {0};
    assert_int_equal(os_list_folder(dir, &b), GATE_OK);
    assert_int_equal(b.n, 5);
    assert_memory_equal(b.p, "file", 5);
    buf_clear(&b);
    b.max = 4; /* a byte too few: cut, and no failure */
    assert_int_equal(os_list_folder(dir, &b), GATE_OK);
    assert_int_equal(b.n, 0);
    b.max = 5;
    assert_int_equal(os_list_folder(dir, &b), GATE_OK);
    assert_int_equal(b.n, 5);
    assert_int_equal(os_list_folder(path, &b), GATE_E_IO);
    assert_int_equal(os_list_folder("/nowhere/at/all", &b), GATE_E_NOTFOUND);
    buf_free(&b);
    unlink(hidden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_file_stays, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(there_and_back, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(refused, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(folders, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(names_of_a_folder, make_dir, drop_dir),
        cmocka_unit_test(real_machine),
    };
    return cmocka_run_group_tests_name("os_files", tests, NULL, NULL);
}
