/* no_sleep.c: preloaded, it lets a program that waits go on at once. */
#include <time.h>

int nanosleep(const struct timespec *asked, struct timespec *left)
{
	(void)asked;
	(void)left;
	return 0;
}
