# The ways to build: Dev to work, Asan to find mistakes, Release to run and measure, Fuzz (clang), Coverage to
# count lines (tests/coverage.py).
# They live here because the root holds no presets file.
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Dev, Asan, Release, Fuzz or Coverage" FORCE)
endif()
set(sanitize "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer")
foreach(language C CXX)
    set(CMAKE_${language}_FLAGS_DEV "-O1 -g -DMAILLAGE_FAULTS")
    set(CMAKE_${language}_FLAGS_ASAN "-O1 -g -DMAILLAGE_FAULTS ${sanitize}")
    set(CMAKE_${language}_FLAGS_COVERAGE "-O0 -g --coverage -fprofile-update=atomic")
    set(CMAKE_${language}_FLAGS_RELEASE "-O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2")
    set(CMAKE_${language}_FLAGS_FUZZ "-O1 -g -DMAILLAGE_FAULTS ${sanitize} -fsanitize=fuzzer-no-link")
endforeach()
