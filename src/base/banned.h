/*
 * banned.h: functions that nobody here may call. Included by every file
 * through the compiler's -include, after the system headers it names.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok
#pragma GCC poison system popen gets tmpnam mktemp gmtime localtime

#endif
