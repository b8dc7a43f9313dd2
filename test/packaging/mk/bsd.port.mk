# Stands for FreeBSD's bsd.port.mk in tests: the variables and steps that the
# port uses, with tools that Linux has too. `stage` needs DISTDIR, WRKDIR,
# LOCALBASE.

DISTNAME?=	${PORTNAME}-${DISTVERSION}
PREFIX?=	${LOCALBASE}
STAGEDIR=	${WRKDIR}/stage
TMPPLIST=	${WRKDIR}/.PLIST.mktmp
BINMODE=	555

CHMOD=		chmod
FIND=		find
INSTALL_MAN=	install -m 444
MKDIR=		mkdir -p
RLN=		ln -sr
SETENV=		env
SORT=		sort
TAR=		tar
# Is called in a folder, as `COPYTREE_SHARE . DESTINATION`.
COPYTREE_SHARE=	sh -c 'cp -R "$$1" "$$2" && find "$$2" -type f -exec chmod 444 {} +' --

stage:
	${MKDIR} ${STAGEDIR}${PREFIX}/bin ${STAGEDIR}${PREFIX}/share/man/man1
	cd ${WRKDIR} && ${TAR} -xzf ${DISTDIR}/${EXTRACT_ONLY}
	${MAKE} post-extract
.for file in ${SHEBANG_FILES}
	sed -i '1s|^#! */usr/bin/env ${SHEBANG_LANG}$$|#!${LOCALBASE}/bin/${SHEBANG_LANG}|' ${WRKSRC}/${file}
.endfor
	printf '%s\n' ${PLIST_FILES} > ${TMPPLIST}
	${MAKE} do-install
	${MAKE} post-install
	gzip -n ${STAGEDIR}${PREFIX}/share/man/man1/*.1
