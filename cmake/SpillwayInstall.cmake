include(GNUInstallDirs)
get_property(executables GLOBAL PROPERTY SPILLWAY_EXECUTABLES)

# What runs, without the tests.
add_custom_target(executables DEPENDS ${executables})

install(TARGETS ${executables} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY deploy/configs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/spillway/configs FILES_MATCHING PATTERN "*.toml")
install(DIRECTORY monitoring/web/page/ DESTINATION ${CMAKE_INSTALL_DATADIR}/spillway/page)
install(FILES monitoring/python/spillway_file.py DESTINATION ${CMAKE_INSTALL_DATADIR}/spillway/python)
install(FILES deploy/completion/spillway.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME spillway)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
