# Compiles templates/ and static/ into the program: included by the root, adds to portal_generated.
# Run with -P, it is also the generator: cmake -DFOLDER=... -DOUT=... -P assets.cmake
if(CMAKE_SCRIPT_MODE_FILE)
    file(GLOB names RELATIVE ${FOLDER} ${FOLDER}/static/* ${FOLDER}/templates/*.mustache)
    list(SORT names)
    list(LENGTH names count)
    set(number 0)
    foreach(name ${names})
        if(name MATCHES "[.]css$") # the comments are for us, visitors need not load them
            file(READ ${FOLDER}/${name} text)
            string(REGEX REPLACE "/[*][^*]*[*]+([^/*][^*]*[*]+)*/" "" text "${text}")
            string(REGEX REPLACE "\n[ \n]*" "\n" text "${text}")
            string(REGEX REPLACE ": " ":" text "${text}")
            string(REGEX REPLACE " {\n" "{" text "${text}")
            string(REGEX REPLACE ";\n" ";" text "${text}")
            string(HEX "${text}" hex)
        else()
            file(READ ${FOLDER}/${name} hex HEX)
        endif()
        string(LENGTH "${hex}" size)
        math(EXPR size "${size} / 2")
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
        string(APPEND contents "static const unsigned char asset_${number}[] = {${bytes}0};\n")
        string(APPEND rows "    {\"${name}\", asset_${number}, ${size}},\n")
        math(EXPR number "${number} + 1")
    endforeach()
    file(WRITE ${OUT} "#include \"node/portal/asset.h\"\n\n${contents}\n"
        "const asset_t assets[] = {\n${rows}};\nconst size_t asset_count = ${count};\n")
    return()
endif()

set(portal_folder ${CMAKE_CURRENT_LIST_DIR})
set(portal_assets ${CMAKE_BINARY_DIR}/portal_assets.c)
file(GLOB portal_files CONFIGURE_DEPENDS ${portal_folder}/static/* ${portal_folder}/templates/*.mustache)
add_custom_command(OUTPUT ${portal_assets}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${portal_folder} -DOUT=${portal_assets} -P ${CMAKE_CURRENT_LIST_FILE}
    DEPENDS ${portal_files} ${CMAKE_CURRENT_LIST_FILE} VERBATIM)
list(APPEND portal_generated ${portal_assets})
