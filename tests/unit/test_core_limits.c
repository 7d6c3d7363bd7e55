/* Limits of one function that need more room than the assembler of
 * test_core_util.h has. */
#include "tests/unit/test_core_util.h"

static Asm a;

static void constants_of_one_function(void **state)
{
    (void)state;
    static ProgConst consts[LIM_FUNCTION_CONSTS + 1];
    start(&a);
    open_func(&a, FK_VALUE, "v", TK_NUMBER);
    unsigned r = reg(&a, TK_NUMBER);
    load(&a, r, val_int(1));
    op3(&a, OP_RET, r, 0, 0);
    close_func(&a);
    for (uint32_t i = 0; i <= LIM_FUNCTION_CONSTS; i++)
        consts[i] = a.consts[0];
    a.p.consts = consts;
    for (uint32_t n = LIM_FUNCTION_CONSTS - 1; n <= LIM_FUNCTION_CONSTS + 1; n++) {
        Buf why = {0};
        a.p.n_consts = a.funcs[0].consts_count = n;
        bool ok = prog_verify(&a.p, &why) == GATE_OK;
        assert_int_equal(ok, n <= LIM_FUNCTION_CONSTS);
        assert_int_equal(strstr(buf_z(&why), "more of something than one section") != NULL, !ok);
        buf_free(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_of_one_function),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
