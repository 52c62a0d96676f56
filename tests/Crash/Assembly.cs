// One server at a time: the moments of the kills are measured in its time.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
