// Put before every source of a native addon; see `avocet addon build --help`.
#ifndef AVOCET_ADDON_H_
#define AVOCET_ADDON_H_

#include <v8.h>

#define AVOCET_TEXT_(text) #text
#define AVOCET_TEXT(text) AVOCET_TEXT_(text)

// The V8 that this was compiled for: another one refuses to load it.
extern "C" {
extern const char avocet_addon_v8[]
    __attribute__((weak, visibility("default")));
const char avocet_addon_v8[] =
    AVOCET_TEXT(V8_MAJOR_VERSION) "." AVOCET_TEXT(V8_MINOR_VERSION);
}

#endif  // AVOCET_ADDON_H_
