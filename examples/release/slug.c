/* slug: makes the words on its command line into a name for a URL. */
#include <ctype.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    int gap = 0, any = 0;
    for (int i = 1; i < argc; i++) {
        for (const char *p = argv[i]; *p != '\0'; p++) {
            unsigned char c = (unsigned char)*p;
            if (!isalnum(c)) {
                gap = any;
                continue;
            }
            if (gap)
                putchar('-');
            putchar(tolower(c));
            gap = 0;
            any = 1;
        }
        gap = any;
    }
    putchar('\n');
    return any ? 0 : 1;
}
