// Start times and memory are measured here: two servers at once would measure each other.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
