"""Which languages each benchmark has. The one place where such a list stands; exams are checked against it.

XTREME and XTREME-R: the lists of their own `evaluate.py` and `scripts/download_data.sh` (google-research/xtreme). The
others: the lists of their papers and repositories, AmericasNLI, MasakhaNER, MasakhaPOS, SIB-200 and the cross-lingual
Winograd collection.
"""

from __future__ import annotations

from collections.abc import Mapping

from xstilts.languages.language import langs

_UDPOS = "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi yo zh"
_PANX = (
    "ar he vi id jv ms tl eu ml ta te af nl en de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw yo my zh kk tr "
    "et fi hu"
)
_TATOEBA = "ar he vi id jv tl eu ml ta te af nl de el bn hi mr ur fa fr it pt es bg ru ja ka ko th sw zh kk tr et fi hu"
_XQUAD = "en es de el ru tr ar vi th zh hi"

XTREME: Mapping[str, tuple[str, ...]] = {
    "xnli": langs("ar bg de el en es fr hi ru sw th tr ur vi zh"),
    "pawsx": langs("de en es fr ja ko zh"),
    "udpos": langs(_UDPOS),
    "panx": langs(_PANX),
    "xquad": langs(_XQUAD),
    "mlqa": langs("en es de ar hi vi zh"),
    "tydiqa": langs("en ar bn fi id ko ru sw te"),
    "bucc2018": langs("de fr ru zh"),
    "tatoeba": langs(_TATOEBA),
}
"""Task → languages. In tatoeba and bucc2018 the other side is always English."""

XTREME_R: Mapping[str, tuple[str, ...]] = {
    "xnli": XTREME["xnli"],
    "xcopa": langs("et ht id it qu sw ta th tr vi zh"),
    "udpos": langs(f"{_UDPOS} lt pl uk wo ro"),
    "panx": langs(f"{_PANX} qu pl uk az lt pa gu ro"),
    "xquad": langs(f"{_XQUAD} ro"),
    "mlqa": XTREME["mlqa"],
    "tydiqa": XTREME["tydiqa"],
    "tatoeba": langs(f"{_TATOEBA} az lt pl uk ro"),
    "mewslix": langs("ar de en es fa ja pl ro ta tr uk"),
    "lareqa": langs(_XQUAD),
}
"""The same for XTREME-R: four tasks grew, pawsx and bucc2018 are gone. Its `evaluate.py` names no language for lareqa:
they are XQuAD-R's."""

AMERICASNLI = langs("ay bzd cni gn hch nah oto qu shp tar")
MASAKHANER = langs("am ha ig lg luo pcm rw sw wo yo")
MASAKHAPOS = langs("bbj bm ee fon ha ig lg luo mos ny pcm rw sn sw tn tw wo xh yo zu")
XWINOGRAD = langs("en fr ja pt ru zh")
NTREX = langs("ar bg de es et fa fi fr he hi hu id it ja ko nl pl pt ro ru te tr uk vi zh")
"""Those that the mining sets are made for; NTREX-128 itself has 128."""
SIB200 = langs(
    "ace ace_Arab acm acq aeb af ajp aka am apc ar arb_Latn ars ary arz as ast awa ay az azb ba ban be bem bg bho bjn "
    "bjn_Arab bm bn bo bs bug ca ceb cjk ckb crh cs cy da de dik dyu dz ee el en eo es et eu fa fi fj fo fon fr fur "
    "fuv ga gd gl gn gu ha he hi hne hr ht hu hy id ig ilo is it ja jv ka kab kac kam kas_Deva kbp kea ki kk km kmb "
    "kmr kn knc knc_Latn ko kon ks ky lb lg lij lim lmo ln lo lt ltg lua luo lus lv mag mai mg mi min min_Arab mk ml "
    "mn mni mos mr ms mt my nb ne nl nn nqo nso nus ny oc om or pa pag pap pl prs ps pt qu rn ro ru rw sa sat sc scn "
    "sd sg shn si sk sl sm sn so sq sr ss st su sv sw szl ta taq taq_Tfng te tg th ti tk tl tn tpi tr ts tt tum tw tzm "
    "ug uk umb ur uz vec vi war wo xh yi yo yue zh zho_Hant zu"
)
