"""With what: pretrained encoders, as values here and as networks in `xstilts.encoders.network` (which loads torch)."""

from xstilts.encoders.catalogue import encoder, encoders, locate
from xstilts.encoders.encoder import Encoder
from xstilts.forms.form import Pooling

__all__ = ["Encoder", "Pooling", "encoder", "encoders", "locate"]
