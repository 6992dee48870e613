// What an application needs, under one import.
@_exported import Checkpoints
@_exported import Files
@_exported import Generation
@_exported import Hub
@_exported import Models
@_exported import Tensors
@_exported import Tokenizers
