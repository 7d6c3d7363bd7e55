/* The trivial static program whose start is the floor of every start. */
int main(void)
{
    return 0;
}
